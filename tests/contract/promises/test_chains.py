"""Chains, however Columba is run: whoever one target does not reach is told by the next, and nobody is told twice."""

import json
from collections.abc import Callable
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
        return producer.enqueue("chain.rings", to=to, target="pager", fallback=fallback, **more)  # type: ignore[arg-type]


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


def test_whoever_was_reached_is_not_told_again(columba: System, hasten: Callable[..., None]) -> None:
    ways = {"pager": "reached@pager.example", "phone": "reached@phone.example"}
    event = ring(columba, ways, Fallback("phone", after=LATE))
    hasten(await_(columba, event, pager="sent", phone="scheduled")["phone"])
    rows = await_(columba, event, phone="skipped")
    assert rows["phone"].reason.startswith("pager had it at 20")
    assert not columba.mails("reached@phone.example")


def test_whoever_a_target_cannot_reach_is_told_by_the_next_at_once(columba: System) -> None:
    user = known(columba, "moved", pager="unregistered-1@pager.example", phone="moved@phone.example")
    event = ring(columba, user, Fallback("phone", after=LATE))
    rows = await_(columba, event, pager="dead")
    columba.await_state("moved@phone.example", "sent")
    assert "device not registered" in rows["pager"].reason
    assert len(columba.mails("moved@phone.example")) == 1


def test_whoever_has_no_address_on_a_target_is_told_by_the_next_at_once(columba: System) -> None:
    user = known(columba, "deviceless", phone="deviceless@phone.example")
    ring(columba, user, Fallback("phone", after=LATE))
    columba.await_state("deviceless@phone.example", "sent")


def test_what_is_still_tried_when_the_time_is_over_goes_by_the_next_instead(columba: System) -> None:
    ways = {"pager": "never-reached@pager.example", "phone": "unreached@phone.example"}
    event = ring(columba, ways, Fallback("phone", after=SOON))
    rows = await_(columba, event, pager="superseded", phone="sent")
    assert rows["pager"].reason == "went by phone instead"


def test_a_chain_goes_on_to_its_end(columba: System) -> None:
    ways = {
        "pager": "unregistered-2@pager.example",
        "phone": "unregistered-2@phone.example",
        "email": "end@email.example",
    }
    event = ring(columba, ways, Fallback("phone", after=LATE), Fallback("email", after=LATE))
    await_(columba, event, pager="dead", phone="dead", email="sent")


def test_each_wait_counts_from_the_one_before(columba: System) -> None:
    ways = {"pager": "unregistered-3@pager.example", "phone": "third@phone.example", "email": "third@email.example"}
    event = ring(columba, ways, Fallback("phone", after=LATE), Fallback("email", after=LATE))
    rows = await_(columba, event, pager="dead", phone="sent", email="scheduled")
    assert abs(rows["email"].due_at - rows["phone"].due_at - LATE) < timedelta(seconds=5)
    columba.columba("reschedule", str(rows["email"].id), "--now", "--why", "test")
    await_(columba, event, email="skipped")


def test_what_the_app_has_not_to_say_is_not_said_by_the_next(columba: System, hasten: Callable[..., None]) -> None:
    ways = {"pager": "silent@pager.example", "phone": "silent@phone.example"}
    event = ring(columba, ways, Fallback("phone", after=LATE), context={"silent": "pager"})
    hasten(await_(columba, event, pager="skipped", phone="scheduled")["phone"])
    rows = await_(columba, event, phone="skipped")
    assert rows["phone"].reason == "as pager was: the renderer had nothing to say"


def test_whoever_wants_none_of_it_on_one_target_may_want_it_on_the_next(columba: System) -> None:
    user = known(columba, "no-pager")
    AddressBook(columba.engine).opt_out("no-pager", category="chain", target="pager")
    ring(columba, user, Fallback("phone", after=LATE))
    columba.await_state("no-pager@phone.example", "sent")
    assert not columba.mails("no-pager@pager.example")


def test_whoever_wants_none_of_it_gets_it_by_no_target(columba: System) -> None:
    ways = {way: Recipient(address=f"nothing@{way}.example", user="wants-nothing") for way in ("pager", "phone")}
    AddressBook(columba.engine).opt_out("wants-nothing", category="chain")
    event = ring(columba, ways, Fallback("phone", after=LATE))
    rows = await_(columba, event, pager="suppressed", phone="suppressed")
    assert rows["phone"].reason == "opted out of chain"


def test_cancelling_an_event_cancels_its_chain(columba: System) -> None:
    ways = {"pager": "cancelled@pager.example", "phone": "cancelled@phone.example"}
    event = ring(columba, ways, Fallback("phone", after=LATE), defer_for=LATE)
    await_(columba, event, pager="scheduled", phone="scheduled")
    columba.columba("cancel", str(event), "--why", "test")
    await_(columba, event, pager="cancelled", phone="cancelled")


def test_what_is_held_holds_what_follows_it_until_it_is_let_go(columba: System) -> None:
    ways = {"pager": "held@pager.example", "phone": "held@phone.example"}
    event = ring(columba, ways, Fallback("phone", after=SOON), hold=True)
    until(
        lambda: (row := by(columba, event).get("phone")) is not None and row.reason == "waits: pager is held",
        "it waits",
    )
    rows = by(columba, event)
    columba.columba("approve", str(rows["pager"].id), "--why", "test")
    await_(columba, event, pager="sent")
    columba.columba("reschedule", str(rows["phone"].id), "--now", "--why", "test")
    await_(columba, event, phone="skipped")


def test_of_an_audience_each_is_told_by_the_first_that_reaches_them(
    columba: System, hasten: Callable[..., None]
) -> None:
    known(columba, "upstairs")
    known(columba, "downstairs", pager="unregistered-4@pager.example", phone="downstairs@phone.example")
    context = {"users": ["upstairs", "downstairs"], "addresses": ["stranger@example.org"]}
    event = ring(columba, None, Fallback("phone", after=LATE), audience="residents", context=context)
    columba.await_state("upstairs@pager.example", "sent")
    columba.await_state("unregistered-4@pager.example", "dead")
    rows = columba.rows(select(delivery).where(delivery.c.event_id == event, delivery.c.target == "phone"))
    hasten(*rows)
    assert columba.await_state("upstairs@phone.example", "skipped").reason.startswith("pager had it at ")
    columba.await_state("downstairs@phone.example", "sent")
    until(lambda: [row.state for row in columba.deliveries("stranger@example.org")] == ["dead"] * 2, "both are dead")
    assert "without a user" in columba.deliveries("stranger@example.org")[0].reason


def test_what_another_target_has_told_is_not_made_to_go_again(columba: System) -> None:
    ways = {"pager": "unregistered-5@pager.example", "phone": "again@phone.example"}
    event = ring(columba, ways, Fallback("phone", after=LATE))
    rows = await_(columba, event, pager="dead", phone="sent")
    told = json.loads(columba.columba("retry", str(rows["pager"].id), "--why", "test", "--yes", "--json"))
    assert (told["reopened"], told["left"]) == (0, {"delivered": 1})
    assert told["examples"]["delivered"][0]["words"].startswith("phone had it at ")


def test_publishing_again_under_a_key_begins_the_chain_anew(columba: System, hasten: Callable[..., None]) -> None:
    ways = {"pager": "keyed@pager.example", "phone": "keyed@phone.example"}
    first = ring(columba, ways, Fallback("phone", after=LATE), key="chain-key", defer_for=LATE)
    await_(columba, first, pager="scheduled", phone="scheduled")
    second = ring(columba, ways, Fallback("phone", after=LATE), key="chain-key")
    await_(columba, first, pager="superseded", phone="superseded")
    hasten(await_(columba, second, pager="sent", phone="scheduled")["phone"])
    await_(columba, second, phone="skipped")
