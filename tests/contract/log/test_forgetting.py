"""Forgetting a person: nothing that the log keeps beside the deliveries names them either."""

import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from itertools import chain

import pytest
from columba_shared import wire
from columba_shared.event import Recipient
from columba_shared.log import addresses, amending, mentions, optouts, pauses, selections
from columba_shared.log.address_book import AddressBook
from columba_shared.log.addresses import Entry
from columba_shared.log.amending import Place
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.forgetting import Erased, being_sent, bury, erase
from columba_shared.log.optouts import Refusal
from columba_shared.log.orders import Action, Cutoff, give
from columba_shared.log.person import Person
from columba_shared.log.selection import Selection
from columba_shared.log.tables import audit, cutoff, delivery, metadata, outbox, pause, selection
from columba_shared.log.tables import key as key_table
from columba_shared.log.writer import Writer
from columba_shared.state import State
from columba_shared.user import User
from sqlalchemy import Engine, Table, insert, select
from sqlalchemy import event as hooks

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of, settlement_of
from tests.contract.log.filling import record, send
from tests.contract.log.stored import delivery_row

BOB = "bob@example.org"
WHY = f"{BOB} rang us"
CAROL = Author(who="carol", why=WHY)
EVERYTHING = (*metadata.sorted_tables, outbox)


def names(log: Engine, what: str, tables: Sequence[Table] = EVERYTHING) -> list[str]:
    """Return the tables in which a text stands anywhere."""
    with log.connect() as connection:
        rows = [(table.name, row) for table in tables for row in connection.execute(select(table))]
    cells = chain.from_iterable(((name, cell) for cell in row) for name, row in rows)
    texts = ((name, cell.decode() if isinstance(cell, bytes) else str(cell)) for name, cell in cells)
    return sorted({name for name, text in texts if what.lower() in text.lower()})


def forget(log: Engine, person: Person) -> Erased:
    """Do what `columba forget` does."""
    with log.begin() as connection:
        bury(connection, person, Author(who="carol"), now=LATER)
    *_, done = erase(log, person, now=LATER)
    return done


def test_no_reason_that_somebody_gave_names_the_person(log: Engine) -> None:
    amy = event_of(to=(Recipient(address="amy@example.org"),))
    record(log, delivery_of(amy, reason=f"held by carol: {WHY}", state=State.HELD))
    order = Cutoff(action=Action.HOLD, before=NOW, who="carol", at=NOW, why=WHY, kind="other")
    with log.begin() as connection:
        give(connection, [order])
        pauses.pause(connection, "email", CAROL, now=NOW)
    with log.begin() as connection:
        optouts.opt_out(connection, Refusal(user="43"), CAROL, now=NOW)
        addresses.add(connection, Entry(user_id="43", target="email", address="amy@example.org"), now=NOW)
        addresses.set_active(connection, "43", active=False, reason=WHY, now=NOW)
        selections.freeze(connection, Selection(), who="carol", words=f"--to {BOB}", now=NOW)
    assert {delivery.name, cutoff.name, pause.name, selection.name, audit.name} < set(names(log, BOB))
    forget(log, Person(addresses=(BOB,)))
    assert names(log, BOB) == []
    assert names(log, "carol", (pause,)), "the pause itself stays"


def test_what_an_event_was_about_goes_with_it(log: Engine) -> None:
    record(log, delivery_of(event_of(to=(Recipient(address=BOB),), about=f"account:{BOB}")))
    forget(log, Person(addresses=(BOB,)))
    assert names(log, BOB) == []


def test_what_an_event_told_before_it_was_amended_goes_with_it(log: Engine) -> None:
    event = event_of(context={"name": "Robert the Bruce"})
    record(log, delivery_of(event, due_at=LATER + timedelta(hours=1), state=State.SCHEDULED))
    with log.begin() as connection:
        amending.amend_context(connection, Place(event_id=event.id, target="email"), {"name": "B."}, CAROL, now=NOW)
    assert names(log, "Robert the Bruce") == [audit.name]
    forget(log, Person(addresses=(BOB,)))
    assert names(log, "Robert the Bruce") == []


def test_a_user_leaves_the_record_of_opt_outs_and_the_book_of_others(log: Engine) -> None:
    with log.begin() as connection:
        optouts.opt_out(connection, Refusal(user="the-42nd"), Author(who="app"), now=NOW)
        addresses.add(connection, Entry(user_id="the-42nd", target="email", address=BOB), now=NOW)
        addresses.add(connection, Entry(user_id="chief", target="email", address="user:the-42nd"), now=NOW)
        optouts.opt_out(connection, Refusal(user="the-42nd-b"), Author(who="app"), now=NOW)
    book = AddressBook(log)
    book.add(User("the-41st", addresses={"email": [BOB]}))
    book.deactivate("the-42nd", reason=f"{BOB} bounced")
    assert len(book.acts("the-42nd")) == 2
    forget(log, Person(addresses=(BOB,), user="the-42nd"))
    assert names(log, '"the-42nd"') == names(log, "user:the-42nd") == names(log, BOB) == []
    assert names(log, "the-42nd-b"), "somebody else's opt-out stays on record"


def test_what_is_queued_for_a_user_is_neither_begun_nor_kept_under_the_user(log: Engine, writer: Writer) -> None:
    event = event_of(to=(Recipient(address="user:the-42nd", user="the-42nd"),), context={"name": "Robert"})
    entry = delivery_of(event, user="the-42nd")
    forget(log, Person(addresses=(BOB,), user="the-42nd"))
    with log.begin() as connection:
        writer.claim(connection, [claim_of(entry)])
    assert delivery_row(log, entry.id).state == "cancelled"
    assert names(log, "the-42nd") == names(log, "Robert") == []


def test_an_outbox_row_for_a_forgotten_user_goes(log: Engine) -> None:
    event = event_of(to=(Recipient(address="user:the-42nd", user="the-42nd"),))
    with log.begin() as connection:
        row = {"event_id": event.id, "body": wire.encode(event), "written_at": NOW}
        connection.execute(insert(outbox), row)
    assert forget(log, Person(addresses=(BOB,), user="the-42nd")).outbox == 1
    assert names(log, "the-42nd") == []


@pytest.mark.parametrize(("state", "left"), [(State.RETRYING, "cancelled"), (State.DEAD, "dead")])
def test_what_was_just_being_sent_is_forgotten_when_it_is_over(
    log: Engine, writer: Writer, state: State, left: str
) -> None:
    (claim,) = send(log, delivery_of())
    person = Person(addresses=(BOB,))
    forget(log, person)
    with log.connect() as connection:
        assert being_sent(connection, person) == 1
    told = settlement_of(claim, state=state, reason=f"550 <{BOB}> is busy")
    with log.begin() as connection:
        writer.settle(connection, [told])
    forget(log, person)
    assert delivery_row(log, claim.delivery.id).state == left
    assert names(log, BOB) == []


def test_a_key_of_somebody_whose_address_ends_alike_is_left(log: Engine) -> None:
    row = {"target": "email", "kind": "k", "first_at": NOW, "due_at": NOW, "updated_at": NOW}
    with log.begin() as connection:
        connection.execute(insert(key_table), [row | {"key": f"cart/{BOB}"}, row | {"key": f"cart/jim{BOB}"}])
    forget(log, Person(addresses=(BOB,)))
    assert names(log, "cart/bob") == []
    assert names(log, f"cart/jim{BOB}") == [key_table.name]


def test_however_much_names_somebody_no_statement_takes_more_than_a_database_can(
    fresh_log: Engine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database != "sqlite":
        pytest.skip("only SQLite can be told to take so little")
    monkeypatch.setattr(mentions, "_CHUNK", 10)
    act = Act(author=Author(who="carol"), what=Deed.OPTED_OUT, at=NOW, detail={"user": "the-42nd"})
    row = {"target": "email", "kind": "cart", "first_at": NOW, "due_at": NOW, "updated_at": NOW}
    with fresh_log.begin() as connection:
        note(connection, [act] * 60)
        connection.execute(insert(key_table), [row | {"key": f"cart/{BOB}/{number}"} for number in range(60)])
    hooks.listen(fresh_log, "checkout", lambda each, *_: each.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 50))
    done = forget(fresh_log, Person(addresses=(BOB,), user="the-42nd"))
    assert (done.keys, done.acts) == (60, 60)
    assert names(fresh_log, BOB) == names(fresh_log, "the-42nd") == []
