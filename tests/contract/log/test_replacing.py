"""Filing under a key: nothing that waits is forgotten, and nobody gets round a hold by publishing again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from columba_shared.event import Auto, Event, Recipient
from columba_shared.log import keys, moderation, optouts, orders
from columba_shared.log.audit import Author
from columba_shared.log.keys import Filed, Filing, KeyName
from columba_shared.log.moderated import Meant
from columba_shared.log.moderation import Terms
from columba_shared.log.optouts import Refusal
from columba_shared.log.tables import delivery
from columba_shared.log.tables import key as key_table
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine, Row, delete, select, update
from sqlalchemy import event as hooks

from tests.contract.log.entries import NOW, delivery_of, event_of, recorded
from tests.contract.log.stored import delivery_row

SECOND = timedelta(seconds=1)
NAME = KeyName(target="email", kind="invoice.ready", key="invoice:42")
CAROL = Author(who="carol")


def keyed(after: float, wait: float | None = None, **changes: Any) -> Event:  # noqa: ANN401 - the event's own fields
    """Return an event under the key, published so many seconds from the beginning, to be put off for that long."""
    created_at = NOW + after * SECOND
    due_at = None if wait is None else created_at + wait * SECOND
    return event_of(key=NAME.key, created_at=created_at, due_at=due_at, **changes)


def filing(event: Event, at: datetime | None = None) -> Filing:
    state = State.HELD if event.hold else State.SCHEDULED
    entry = replace(delivery_of(event), state=state, due_at=event.due_at or event.created_at)
    deliveries = () if event.withdraw else (entry,)
    return Filing(event=recorded(event), deliveries=deliveries, at=at or event.created_at)


def file(log: Engine, writer: Writer, *events: Event, at: datetime | None = None) -> Filed:
    """File the events together; return what became of the last."""
    with log.begin() as connection:
        return keys.file(connection, writer, [filing(event, at) for event in events])[-1]


def due(log: Engine, by: datetime | None) -> set[UUID]:
    with log.connect() as connection:
        return set() if by is None else {each.event_id for each in keys.due_under(connection, [NAME], by=by)}


def row_of(log: Engine, event: Event) -> Row[Any]:
    return delivery_row(log, delivery_of(event).id)


def hold(log: Engine, event: Event, terms: Terms) -> None:
    with log.begin() as connection:
        moderation.hold(connection, [Meant(delivery_id=delivery_of(event).id)], CAROL, now=NOW, terms=terms)


@pytest.fixture
def let_go(log: Engine, writer: Writer) -> tuple[Event, Event]:
    """One that has waited for as long as it may, and the next, which waits."""
    first, second = keyed(0, 60, max_wait_seconds=5.0), keyed(6, 60, max_wait_seconds=5.0)
    file(log, writer, first)
    filed = file(log, writer, second)
    assert due(log, filed.let_go_by) == {first.id}
    return first, second


@pytest.mark.parametrize("place", [0, 1])
def test_what_was_let_go_is_let_go_once_more_when_either_comes_again(
    log: Engine, writer: Writer, let_go: tuple[Event, Event], place: int
) -> None:
    filed = file(log, writer, let_go[place], at=NOW + 8 * SECOND)
    assert due(log, filed.let_go_by) == {let_go[0].id}
    assert (filed.due_at, filed.needs_waking) == (NOW + 11 * SECOND, True)


def test_what_was_let_go_is_let_go_once_more_by_one_that_comes_again_beside_a_newer(
    log: Engine, writer: Writer, let_go: tuple[Event, Event]
) -> None:
    filed = file(log, writer, let_go[1], keyed(8, 60, max_wait_seconds=5.0), at=NOW + 8 * SECOND)
    assert due(log, filed.let_go_by) == {let_go[0].id}


def test_what_was_let_go_is_found_again_after_its_key_was_withdrawn(
    log: Engine, writer: Writer, let_go: tuple[Event, Event]
) -> None:
    file(log, writer, keyed(7, withdraw=True))
    filed = file(log, writer, let_go[0], at=NOW + 8 * SECOND)
    assert due(log, filed.let_go_by) == {let_go[0].id}
    assert filed.due_at is None


def test_whoever_an_audience_added_late_is_woken_when_the_event_comes_again(log: Engine, writer: Writer) -> None:
    event = keyed(0, 5)
    file(log, writer, event)
    late = delivery_of(event, address="late@example.org", due_at=NOW + 20 * SECOND)
    with log.begin() as connection:
        writer.record(connection, [], [late])
    filed = file(log, writer, event, at=NOW + 30 * SECOND)
    assert (filed.due_at, filed.needs_waking, filed.let_go_by) == (late.due_at, True, None)


def test_what_is_not_due_yet_is_replaced_although_the_newer_one_may_wait_less(log: Engine, writer: Writer) -> None:
    older, newer = keyed(0, 3600), keyed(60, 2, max_wait_seconds=5.0)
    file(log, writer, older)
    file(log, writer, newer)
    assert row_of(log, older).state == "superseded"


def test_one_that_is_published_after_it_was_due_is_woken_although_the_last_was_due_then_too(
    log: Engine, writer: Writer
) -> None:
    file(log, writer, keyed(0, 5))
    filed = file(log, writer, keyed(7, -2))
    assert (filed.due_at, filed.needs_waking) == (NOW + 5 * SECOND, True)


def test_what_replaces_a_held_event_takes_as_many_people(log: Engine, writer: Writer) -> None:
    older, newer = keyed(0, 5, hold=True, four_eyes=True), keyed(1, 5)
    file(log, writer, older)
    file(log, writer, newer)
    row = row_of(log, newer)
    assert (row.state, row.four_eyes) == ("held", True)


def test_what_replaces_a_held_event_in_the_same_batch_takes_as_many_people(log: Engine, writer: Writer) -> None:
    newer = keyed(1, 5)
    file(log, writer, keyed(0, 5, hold=True, four_eyes=True), newer)
    row = row_of(log, newer)
    assert (row.state, row.four_eyes) == ("held", True)


def test_what_replaces_a_held_event_has_its_window(log: Engine, writer: Writer) -> None:
    older, newer = keyed(0, 60, hold=True, auto=Auto.CANCEL), keyed(1)
    file(log, writer, older)
    file(log, writer, newer)
    row = row_of(log, newer)
    assert (row.state, row.auto, row.due_at) == ("held", "cancel", NOW + 60 * SECOND)


def test_an_app_that_holds_again_sets_its_own_window(log: Engine, writer: Writer) -> None:
    older, newer = keyed(0, 60, hold=True, auto=Auto.CANCEL), keyed(1, 5, hold=True, auto=Auto.APPROVE)
    file(log, writer, older)
    file(log, writer, newer)
    row = row_of(log, newer)
    assert (row.auto, row.due_at) == ("approve", NOW + 6 * SECOND)


def test_an_app_sets_no_window_of_its_own_for_what_somebody_holds(log: Engine, writer: Writer) -> None:
    older, newer = keyed(0, 60), keyed(1, 0.1, hold=True, auto=Auto.APPROVE)
    file(log, writer, older)
    hold(log, older, Terms())
    file(log, writer, newer)
    row = row_of(log, newer)
    assert (row.state, row.auto) == ("held", None)


def test_only_the_newest_under_its_key_comes_back_with_an_opt_in(log: Engine, writer: Writer) -> None:
    older, newer = (keyed(after, 3600, to=(Recipient(address="bob@example.org", user="42"),)) for after in (0, 1))
    refusal = Refusal(user="42")
    for event in (older, newer):
        file(log, writer, event)
        with log.begin() as connection:
            connection.execute(update(delivery).where(delivery.c.event_id == event.id).values(user_id="42"))
            assert optouts.suppress(connection, refusal, CAROL, now=NOW, limit=9) == 1
    with log.begin() as connection:
        back = optouts.bring_back(connection, refusal, CAROL, now=NOW + 2 * SECOND, limit=9)
    assert [each.event_id for each in back.going] == [newer.id]


def test_a_key_that_is_forgotten_while_it_is_looked_up_is_begun_anew(
    log: Engine, writer: Writer, database: str
) -> None:
    if database != "postgres":
        pytest.skip("locks it from the beginning")
    file(log, writer, keyed(0, 5))

    @hooks.listens_for(log, "after_cursor_execute", once=True)
    def forget(*_: object) -> None:
        with log.begin() as connection:
            connection.execute(delete(key_table))

    newer = keyed(1, 5)
    assert file(log, writer, newer).due_at == newer.due_at


def test_filing_holds_no_row_while_it_waits_for_an_order(log: Engine, writer: Writer, database: str) -> None:
    """Else it would wait for the order, the order for a claim under way, and that for the row."""
    if database == "sqlite":
        pytest.skip("has one writer at a time")
    older = keyed(0, 60)
    file(log, writer, older)
    with ThreadPoolExecutor(1) as pool:
        with log.begin() as ordering:
            orders.raise_generation(ordering)
            filing = pool.submit(file, log, writer, keyed(1, 60))
            with pytest.raises(TimeoutError):
                filing.result(timeout=0.5)
            with log.begin() as claiming:
                mine = select(delivery.c.id).where(delivery.c.id == delivery_of(older).id)
                assert claiming.scalar(mine.with_for_update(nowait=True))
        filing.result(timeout=30)
    assert row_of(log, older).state == "superseded"


def test_many_keys_at_once_replace_each_what_waits_under_it_in_as_many_statements_as_a_few(
    log: Engine, writer: Writer
) -> None:
    def under(key: int, after: float) -> Event:
        return event_of(key=f"invoice:{key}", created_at=NOW + after * SECOND, due_at=NOW + 60 * SECOND)

    def statements(older: list[Event], newer: list[Event]) -> int:
        file(log, writer, *older)
        counted: list[object] = []

        def count(*given: object) -> None:
            counted.append(given)

        hooks.listen(log, "after_cursor_execute", count)
        file(log, writer, *newer)
        hooks.remove(log, "after_cursor_execute", count)
        return len(counted)

    few = statements([under(key, 0) for key in range(2)], [under(key, 1) for key in range(2)])
    older, newer = [under(key, 0) for key in range(10, 40)], [under(key, 1) for key in range(10, 40)]
    assert statements(older, newer) == few
    for old, new in zip(older, newer, strict=True):
        replaced, survivor = row_of(log, old), row_of(log, new)
        assert (replaced.state, replaced.reason, replaced.revision) == ("superseded", f"superseded by {new.id}", 1)
        assert (survivor.state, survivor.due_at) == ("scheduled", new.due_at)
