"""What would go again and what would not, and why: told before, by the judgement that counts as it goes."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from columba_shared.event import Event, Recipient
from columba_shared.log import orders, remembrance
from columba_shared.log.audit import Author
from columba_shared.log.foresight import Foreseen, Stays, foresee, foresee_unrecorded
from columba_shared.log.keys import Filing, file
from columba_shared.log.moderated import Meant
from columba_shared.log.optouts import Refusal, opt_out
from columba_shared.log.tables import brake, control, delivery, event, tombstone
from columba_shared.log.writer import Writer, writer_for
from columba_shared.state import State
from sqlalchemy import Engine, delete, insert, select, update

from tests.contract.log.entries import LATER, NOW, delivery_of, event_of, recorded
from tests.contract.log.filling import conclude

CAROL = Author(who="carol")
ANN = Recipient(address="ann@example.org", user="42")


def foreseen(log: Engine, *ids: UUID, states: Sequence[State] = (State.DEAD,)) -> Foreseen:
    with log.begin() as connection:
        remembrance.begin(connection)
        meant = [Meant(delivery_id=key, revision=0) for key in ids]
        told = foresee(connection, meant, states=frozenset(states), now=LATER)
        assert foresee(connection, meant, states=frozenset(states), now=LATER, locked=True) == told
        return told


def died(log: Engine, given: Event | None = None, *, state: State = State.DEAD) -> UUID:
    entry = delivery_of(given or event_of(), user=given.to[0].user if given else None)
    conclude(log, entry, state=state, reason="550 no")
    return entry.id


def why(told: Foreseen) -> list[tuple[Stays, str]]:
    assert not told.going
    return [(each.why, each.words) for each in told.staying]


def test_what_is_dead_and_still_wanted_goes(log: Engine) -> None:
    first, second = died(log), died(log, event_of(to=(ANN,), expires_at=LATER + timedelta(seconds=1)))
    assert foreseen(log, second, first) == Foreseen(going=sorted([first, second]), staying=[])


def test_what_was_sent_meanwhile_stays_as_delivered(log: Engine) -> None:
    assert why(foreseen(log, died(log, state=State.SENT))) == [(Stays.DELIVERED, "sent meanwhile")]


def test_what_is_in_another_state_stays(log: Engine) -> None:
    key = died(log, state=State.IN_DOUBT)
    assert why(foreseen(log, key)) == [(Stays.OTHERWISE, "in doubt")]
    assert foreseen(log, key, states=(State.IN_DOUBT,)).going == [key]


def test_what_its_user_does_not_want_stays(log: Engine) -> None:
    key = died(log, event_of(to=(ANN,)))
    with log.begin() as connection:
        opt_out(connection, Refusal(user="42", category="invoice"), CAROL, now=NOW)
    assert why(foreseen(log, key)) == [(Stays.SUPPRESSED, "opted out of invoice")]


def test_what_has_expired_stays(log: Engine) -> None:
    key = died(log, event_of(expires_at=LATER))
    assert why(foreseen(log, key)) == [(Stays.EXPIRED, f"expired at {LATER.isoformat(timespec='seconds')}")]


def test_what_was_changed_since_it_was_selected_stays(log: Engine) -> None:
    key = died(log)
    with log.begin() as connection:
        connection.execute(update(delivery).where(delivery.c.id == key).values(revision=1))
    assert [each for each, _ in why(foreseen(log, key))] == [Stays.CHANGED]


def test_what_the_log_no_longer_has_stays(log: Engine) -> None:
    key = died(log)
    with log.begin() as connection:
        connection.execute(delete(event))
    assert [each for each, _ in why(foreseen(log, key))] == [Stays.PURGED]
    assert [each for each, _ in why(foreseen(log, uuid4()))] == [Stays.PURGED]


def test_what_is_for_somebody_forgotten_stays(log: Engine) -> None:
    key = died(log)
    with log.begin() as connection:
        secret = connection.scalar(select(control.c.secret)) or ""
        orders.raise_generation(connection)
        connection.execute(insert(tombstone), {"hash": orders.hashed("bob@example.org", secret), "at": LATER})
    assert [each for each, _ in why(foreseen(log, key))] == [Stays.FORGOTTEN]


def test_what_a_brake_is_about_stays_until_it_is_ended(log: Engine) -> None:
    key = died(log)
    extent = {"kind": "invoice.*", "domain": "example.org"}
    with log.begin() as connection:
        orders.raise_generation(connection)
        values = {"automatic": False, "who": "carol", "why": "wrong prices", "at": NOW, **extent}
        connection.execute(insert(brake), values)
    ((stays, words),) = why(foreseen(log, key))
    assert stays is Stays.BRAKED
    assert words.startswith("held by brake")
    assert words.endswith("of carol: wrong prices")
    with log.begin() as connection:
        connection.execute(update(brake).values(ended_at=NOW))
    assert foreseen(log, key).going == [key]


def filed(log: Engine, given: Event) -> UUID:
    """File a keyed event as the ledger does; return its delivery's id."""
    entry = delivery_of(given)
    with log.begin() as connection:
        file(connection, writer_for(log), [Filing(event=recorded(given), deliveries=[entry], at=NOW)])
    return entry.id


def test_what_is_not_recorded_is_judged_as_it_will_be(log: Engine, writer: Writer) -> None:
    old, newer = event_of(key="invoice:1"), event_of(key="invoice:1")
    filed(log, newer)
    unwanted, late = event_of(to=(ANN,)), event_of(expires_at=LATER)
    with log.begin() as connection:
        opt_out(connection, Refusal(user="42", category="invoice"), CAROL, now=NOW)
    entries = [delivery_of(each, user=each.to[0].user, state=State.DEAD) for each in (old, unwanted, late, event_of())]
    with log.begin() as connection:
        told = foresee_unrecorded(connection, entries, now=LATER)
        writer.record(connection, [recorded(each.event) for each in entries], entries)
    assert [each.why for each in sorted(told.staying, key=lambda each: each.why)] == [
        Stays.EXPIRED,
        Stays.REPLACED,
        Stays.SUPPRESSED,
    ]
    assert foreseen(log, *(each.id for each in entries)) == told


def test_what_something_newer_replaces_under_its_key_stays(log: Engine, writer: Writer) -> None:
    del writer
    old = event_of(key="invoice:1")
    key = filed(log, old)
    conclude(log, delivery_of(old), state=State.DEAD, reason="550 no")
    assert foreseen(log, key).going == [key]
    newer = event_of(key="invoice:1")
    filed(log, newer)
    assert why(foreseen(log, key)) == [(Stays.REPLACED, "something newer under its key takes its place")]
    conclude(log, delivery_of(newer), state=State.SENT)
    assert why(foreseen(log, key)) == [(Stays.DELIVERED, "something newer under its key was sent")]
