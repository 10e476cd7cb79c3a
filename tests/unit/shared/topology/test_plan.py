"""The plan of exchanges, queues and bindings, followed the way a broker would."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from columba_shared.event import Lane
from columba_shared.topology import (
    DEAD,
    DELAYS,
    DUE,
    IN,
    LATER,
    LEDGER,
    UNROUTED,
    WAIT,
    Plan,
    delay_queue,
    target_queue,
    waiting_key,
)
from columba_shared.topology.plan import DELIVERY_LIMIT

PLAN = Plan.for_targets(("email", "sms"))
LANES = [(target, lane) for target in ("email", "sms") for lane in Lane]


def matches(pattern: str, key: str) -> bool:
    """Say whether a topic binding matches: * is one word, # any number of them."""
    return _matches(pattern.split("."), key.split("."))


def _matches(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    if pattern[0] == "#":
        return _matches(pattern[1:], words) or bool(words and _matches(pattern, words[1:]))
    return bool(words) and pattern[0] in {"*", words[0]} and _matches(pattern[1:], words[1:])


def reached(exchange: str, key: str) -> set[str]:
    """Return the queues that a message published here lands in."""
    return set(_reached(exchange, key))


def _reached(exchange: str, key: str) -> Iterator[str]:
    for binding in PLAN.bindings:
        if binding.source == exchange and (matches(binding.key, key) or exchange == UNROUTED):
            if binding.queue is not None:
                yield binding.queue
            elif binding.exchange is not None:
                yield from _reached(binding.exchange, key)


@pytest.mark.parametrize(("target", "lane"), LANES)
def test_an_event_lands_in_its_lane_and_nowhere_else(target: str, lane: Lane) -> None:
    assert reached(IN, f"{target}.{lane}") == {target_queue(target, lane)}


@pytest.mark.parametrize(("target", "lane"), LANES)
@pytest.mark.parametrize("delay", [DELAYS[0], DELAYS[-1]])
def test_a_waits_end_leads_to_its_lane(target: str, lane: Lane, delay: timedelta) -> None:
    assert reached(DUE, waiting_key(target, lane, delay)) == {target_queue(target, lane)}


@pytest.mark.parametrize(("target", "lane"), LANES)
@pytest.mark.parametrize("delay", [DELAYS[0], DELAYS[-1]])
def test_a_keyed_wait_ends_at_the_ledger_alone(target: str, lane: Lane, delay: timedelta) -> None:
    assert reached(DUE, waiting_key(target, lane, delay, keyed=True)) == {LEDGER}


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("delay", DELAYS)
def test_a_deferred_event_reaches_the_ledger_and_exactly_one_delay(delay: timedelta, *, keyed: bool) -> None:
    key = waiting_key("email", Lane.NORMAL, delay, keyed=keyed)
    assert reached(LATER, key) == {LEDGER, delay_queue(delay)}


def test_no_queue_is_left_to_the_brokers_own_delivery_limit() -> None:
    """From RabbitMQ 4.0 on it is 20, and what was read 20 times and put back is dropped."""
    limits = {queue.name: queue.arguments.get("x-delivery-limit", 0) for queue in PLAN.queues}
    assert {name for name, limit in limits.items() if limit < DELIVERY_LIMIT} == set()


def test_only_what_a_target_gave_up_on_meets_a_delivery_limit() -> None:
    limited = {queue.name for queue in PLAN.queues if queue.arguments["x-delivery-limit"] == DELIVERY_LIMIT}
    assert limited == {target_queue(target, lane) for target, lane in LANES}


def test_an_event_beyond_a_day_reaches_the_ledger_alone() -> None:
    assert reached(LATER, "email.normal.log") == {LEDGER}


def test_a_retry_waits_without_troubling_the_ledger() -> None:
    assert reached(WAIT, "email.normal.30") == {"columba.wait.30"}


def test_an_unknown_target_is_unroutable_on_the_way_in() -> None:
    assert reached(IN, "fax.normal") == set()
    assert not [exchange for exchange in PLAN.exchanges if exchange.name == IN and exchange.arguments]


@pytest.mark.parametrize("name", [DUE, DEAD])
def test_what_a_wait_cannot_place_is_caught(name: str) -> None:
    (exchange,) = [each for each in PLAN.exchanges if each.name == name]
    assert exchange.arguments == {"alternate-exchange": UNROUTED}
    assert reached(UNROUTED, "fax.normal.30") == {UNROUTED}


def test_dead_letters_have_a_queue_per_target() -> None:
    assert reached(DEAD, "sms.bulk") == {"columba.dead.sms"}


def test_every_queue_is_a_quorum_queue_with_balanced_leaders() -> None:
    for queue in PLAN.queues:
        assert queue.arguments["x-queue-type"] == "quorum"
        assert queue.arguments["x-queue-leader-locator"] == "balanced"


def test_every_dead_lettering_is_at_least_once_and_keeps_the_key() -> None:
    lettering = [queue.arguments for queue in PLAN.queues if "x-dead-letter-exchange" in queue.arguments]
    assert len(lettering) == len(DELAYS) + len(LANES)
    for arguments in lettering:
        assert (arguments["x-dead-letter-strategy"], arguments["x-overflow"]) == ("at-least-once", "reject-publish")
        assert "x-dead-letter-routing-key" not in arguments


def test_no_queue_fed_by_dead_lettering_has_a_length_limit() -> None:
    for queue in PLAN.queues:
        assert not {"x-max-length", "x-max-length-bytes"} & queue.arguments.keys()


def test_names_are_declared_once() -> None:
    names = [queue.name for queue in PLAN.queues]
    assert len(names) == len(set(names))
