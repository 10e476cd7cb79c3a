"""Chains, however Columba is run: whoever one target does not reach is told by the next, and nobody is told twice."""

import json
from datetime import timedelta
from uuid import UUID

from columba_producer import Fallback, Recipient, User
from columba_producer.address_book import AddressBook
from columba_shared.log.tables import delivery
from sqlalchemy import select

from tests.system.system import Row, System, until

SOON = timedelta(seconds=2)
LATE = timedelta(hours=1)


def known(columba: System, user: str, **addresses: str) -> User:
    """Enter somebody's addresses; without any given, one of their own on each target."""
    found = addresses or {way: f"{user}@{way}.example" for way in columba.targets}
    AddressBook(columba.engine).add(User(user, addresses={way: [address] for way, address in found.items()}))
    return User(user)


def ring(columba: System, to: object, *fallback: Fallback, **more: object) -> UUID:
    with columba.producer() as producer:
        return producer.enqueue("chain.rings", to=to, target="push", fallback=fallback, **more)  # type: ignore[arg-type]


def by(columba: System, event_id: UUID) -> dict[str, Row]:
    """Return the event's deliveries to addresses, by target."""
    groups = [delivery.c.address.startswith(each) for each in ("user:", "audience:")]
    rows = columba.rows(select(delivery).where(delivery.c.event_id == event_id, ~groups[0], ~groups[1]))
    return {row.target: row for row in rows}


def await_(columba: System, event_id: UUID, **states: str) -> dict[str, Row]:
    """Wait until the event's deliveries by these targets are in these states."""

    def standing() -> dict[str, str]:
        return {target: row.state for target, row in by(columba, event_id).items()}

    until(lambda: states.items() <= standing().items(), lambda: f"{states}, not {by(columba, event_id)}")
    return by(columba, event_id)


def test_whoever_was_reached_is_not_told_again(columba: System) -> None:
    ways = {"push": "reached@push.example", "sms": "reached@sms.example"}
    event = ring(columba, ways, Fallback("sms", after=SOON))
    rows = await_(columba, event, push="sent", sms="skipped")
    assert rows["sms"].reason.startswith("push had it at 20")
    assert not columba.mails("reached@sms.example")


def test_whoever_a_target_cannot_reach_is_told_by_the_next_at_once(columba: System) -> None:
    user = known(columba, "moved", push="unregistered-1@push.example", sms="moved@sms.example")
    event = ring(columba, user, Fallback("sms", after=LATE))
    rows = await_(columba, event, push="dead")
    columba.await_state("moved@sms.example", "sent")
    assert "device not registered" in rows["push"].reason
    assert len(columba.mails("moved@sms.example")) == 1


def test_whoever_has_no_address_on_a_target_is_told_by_the_next_at_once(columba: System) -> None:
    user = known(columba, "deviceless", sms="deviceless@sms.example")
    ring(columba, user, Fallback("sms", after=LATE))
    columba.await_state("deviceless@sms.example", "sent")


def test_what_is_still_tried_when_the_time_is_over_goes_by_the_next_instead(columba: System) -> None:
    ways = {"push": "never-reached@push.example", "sms": "unreached@sms.example"}
    event = ring(columba, ways, Fallback("sms", after=SOON))
    rows = await_(columba, event, push="superseded", sms="sent")
    assert rows["push"].reason == "went by sms instead"


def test_a_chain_goes_on_to_its_end(columba: System) -> None:
    ways = {"push": "unregistered-2@push.example", "sms": "unregistered-2@sms.example", "email": "end@email.example"}
    event = ring(columba, ways, Fallback("sms", after=LATE), Fallback("email", after=LATE))
    await_(columba, event, push="dead", sms="dead", email="sent")


def test_each_wait_counts_from_the_one_before(columba: System) -> None:
    ways = {"push": "unregistered-3@push.example", "sms": "third@sms.example", "email": "third@email.example"}
    event = ring(columba, ways, Fallback("sms", after=LATE), Fallback("email", after=LATE))
    rows = await_(columba, event, push="dead", sms="sent", email="scheduled")
    assert abs(rows["email"].due_at - rows["sms"].due_at - LATE) < timedelta(seconds=5)
    columba.columba("reschedule", str(rows["email"].id), "--now", "--why", "test")
    await_(columba, event, email="skipped")


def test_what_the_app_has_not_to_say_is_not_said_by_the_next(columba: System) -> None:
    ways = {"push": "silent@push.example", "sms": "silent@sms.example"}
    event = ring(columba, ways, Fallback("sms", after=SOON), context={"silent": "push"})
    rows = await_(columba, event, push="skipped", sms="skipped")
    assert rows["sms"].reason == "as push was: the renderer had nothing to say"


def test_whoever_wants_none_of_it_on_one_target_may_want_it_on_the_next(columba: System) -> None:
    user = known(columba, "no-push")
    AddressBook(columba.engine).opt_out("no-push", category="chain", target="push")
    ring(columba, user, Fallback("sms", after=LATE))
    columba.await_state("no-push@sms.example", "sent")
    assert not columba.mails("no-push@push.example")


def test_whoever_wants_none_of_it_gets_it_by_no_target(columba: System) -> None:
    ways = {way: Recipient(address=f"nothing@{way}.example", user="wants-nothing") for way in ("push", "sms")}
    AddressBook(columba.engine).opt_out("wants-nothing", category="chain")
    event = ring(columba, ways, Fallback("sms", after=LATE))
    rows = await_(columba, event, push="suppressed", sms="suppressed")
    assert rows["sms"].reason == "opted out of chain"


def test_cancelling_an_event_cancels_its_chain(columba: System) -> None:
    ways = {"push": "cancelled@push.example", "sms": "cancelled@sms.example"}
    event = ring(columba, ways, Fallback("sms", after=LATE), defer_for=LATE)
    await_(columba, event, push="scheduled", sms="scheduled")
    columba.columba("cancel", str(event), "--why", "test")
    await_(columba, event, push="cancelled", sms="cancelled")


def test_what_is_held_holds_what_follows_it_until_it_is_let_go(columba: System) -> None:
    ways = {"push": "held@push.example", "sms": "held@sms.example"}
    event = ring(columba, ways, Fallback("sms", after=SOON), hold=True)
    until(
        lambda: (row := by(columba, event).get("sms")) is not None and row.reason == "waits: push is held", "it waits"
    )
    rows = by(columba, event)
    columba.columba("approve", str(rows["push"].id), "--why", "test")
    await_(columba, event, push="sent")
    columba.columba("reschedule", str(rows["sms"].id), "--now", "--why", "test")
    await_(columba, event, sms="skipped")


def test_of_an_audience_each_is_told_by_the_first_that_reaches_them(columba: System) -> None:
    known(columba, "upstairs")
    known(columba, "downstairs", push="unregistered-4@push.example", sms="downstairs@sms.example")
    context = {"users": ["upstairs", "downstairs"], "addresses": ["stranger@example.org"]}
    ring(columba, None, Fallback("sms", after=SOON), audience="residents", context=context)
    columba.await_state("upstairs@push.example", "sent")
    assert columba.await_state("upstairs@sms.example", "skipped").reason.startswith("push had it at ")
    columba.await_state("downstairs@sms.example", "sent")
    until(lambda: [row.state for row in columba.deliveries("stranger@example.org")] == ["dead"] * 2, "both are dead")
    assert "without a user" in columba.deliveries("stranger@example.org")[0].reason


def test_what_another_target_has_told_is_not_made_to_go_again(columba: System) -> None:
    ways = {"push": "unregistered-5@push.example", "sms": "again@sms.example"}
    event = ring(columba, ways, Fallback("sms", after=LATE))
    rows = await_(columba, event, push="dead", sms="sent")
    told = json.loads(columba.columba("retry", str(rows["push"].id), "--why", "test", "--yes", "--json"))
    assert (told["reopened"], told["left"]) == (0, {"delivered": 1})
    assert told["examples"]["delivered"][0]["words"].startswith("sms had it at ")


def test_publishing_again_under_a_key_begins_the_chain_anew(columba: System) -> None:
    ways = {"push": "keyed@push.example", "sms": "keyed@sms.example"}
    first = ring(columba, ways, Fallback("sms", after=LATE), key="chain-key", defer_for=timedelta(minutes=1))
    await_(columba, first, push="scheduled", sms="scheduled")
    second = ring(columba, ways, Fallback("sms", after=SOON), key="chain-key")
    await_(columba, first, push="superseded", sms="superseded")
    await_(columba, second, push="sent", sms="skipped")
