"""Taking over holds the log's write transactions short, and leaves what people have decided since."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from columba_consumers.importing.item import Addressed, Ended, Item, OptedOut, Place, Suppressed, Told, Try
from columba_consumers.importing.recording import INSIDE
from columba_consumers.importing.taking import PURGED, TAKEN_BACK, Taking
from columba_consumers.importing.tally import Tally
from columba_shared.blobs.measured import Measured
from columba_shared.blobs.store import Use
from columba_shared.clock import utc_now
from columba_shared.event import Event, Recipient
from columba_shared.log import addresses, optouts, suppressions
from columba_shared.log.addresses import Entry
from columba_shared.log.audit import Author
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.optouts import Refusal
from columba_shared.log.purging import Purge, purge
from columba_shared.log.suppressions import Source, Suppression
from columba_shared.log.tables import attempt, audit, delivery, optout, taken_over
from columba_shared.raw_email import RawEmail
from columba_shared.state import State
from msgspec.structs import replace as changed
from sqlalchemy import Engine, Table, delete, event, func, select, text, update

_NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
_ANN = Author(who="ann")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{tmp_path}/columba.db")
    migrate(engine)
    yield engine
    engine.dispose()


class _Blobs:
    """Notes whether the log could be written to while it stored something."""

    def __init__(self, log: Engine) -> None:
        self._log = log
        self.uses: list[Use] = []

    def put(self, content: Measured, use: Use) -> str:
        with self._log.connect() as connection:
            connection.execute(text("PRAGMA busy_timeout = 0"))
            connection.execute(text("DELETE FROM columba_audit"))
        self.uses.append(use)
        return content.sha256

    def get(self, blob: str) -> bytes:
        raise NotImplementedError

    def close(self) -> None: ...


def _taking(log: Engine, blobs: _Blobs | None = None, *, dry_run: bool = False, now: datetime | None = None) -> Taking:
    clock = utc_now if now is None else lambda: now
    return Taking(engine=log, author=_ANN, follow=lambda _: None, blobs=blobs, dry_run=dry_run, now=clock)


def _large(number: int) -> Told:
    said = Event(
        id=UUID(int=number),
        kind="django.mail",
        target="email",
        producer="old",
        to=(Recipient(address="ann@example.org"),),
        created_at=_NOW,
    )
    mail = RawEmail(content=b"Subject: Hi\r\nFrom: a@example.org\r\n\r\n" + b"x\r\n" * INSIDE, sender=None)
    return Told(place=Place(table="mails", row=number), event=said, mail=mail)


def _opted_out(number: int) -> OptedOut:
    return OptedOut(place=Place(table="opt_outs", row=number), refusal=Refusal(user=str(number)), at=_NOW)


def test_large_mails_are_stored_while_others_write_to_the_log_and_once(log: Engine) -> None:
    blobs = _Blobs(log)
    tally = _taking(log, blobs).take([_large(1), _large(2)])
    assert (tally.new["mails"], tally.bad) == (2, [])
    assert _taking(log, blobs).take([_large(1), _large(2)]).known["mails"] == 2
    assert [use.event_id for use in blobs.uses] == [UUID(int=1), UUID(int=2)]


def test_each_opt_out_has_a_transaction_of_its_own(log: Engine) -> None:
    commits: list[object] = []
    event.listen(log, "commit", commits.append)
    assert _taking(log).take([_opted_out(each) for each in range(3)]).new["opt_outs"] == 3
    assert len(commits) == 3


def _count(log: Engine, table: Table) -> int:
    with log.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def _numbers(tally: Tally) -> tuple[int, int, int]:
    """Return how many were new, known, and purged since."""
    return tally.new.total(), tally.known.total(), sum(each for (_, why), each in tally.left.items() if why == PURGED)


def test_what_was_purged_is_not_taken_again_whatever_it_was(log: Engine) -> None:
    over = Ended(state=State.SENT, at=_NOW)
    first, second, pair = (_small(each) for each in (1, 2, 3))
    both = replace(pair, event=changed(pair.event, to=(*pair.event.to, Recipient(address="bob@example.org"))))
    items = [first, replace(second, ended=over, tries=(Try(number=1, outcome="sent", at=_NOW),)), both]
    assert _numbers(_taking(log, dry_run=True).take(items)) == (3, 0, 0)
    assert _count(log, taken_over) == 0
    assert _numbers(_taking(log).take(items)) == (3, 0, 0)
    sent = delivery.c.address == "ann@example.org"
    with log.begin() as connection:
        connection.execute(update(delivery).where(sent).values(state="sent", updated_at=_NOW))
    list(purge(log, Purge(before=_NOW + timedelta(days=1)), sleep=lambda _: None))
    for taking in (_taking(log, dry_run=True), _taking(log)):
        assert _numbers(taking.take(items)) == (0, 1, 2)
    with log.connect() as connection:
        assert list(connection.scalars(select(delivery.c.address))) == ["bob@example.org"]
    assert _count(log, attempt) == 0


def test_what_was_taken_before_there_were_marks_is_marked_once_it_is_found(log: Engine) -> None:
    _taking(log).take([_small(1)])
    with log.begin() as connection:
        connection.execute(delete(taken_over))
    assert _numbers(_taking(log).take([_small(1)])) == (0, 1, 0)
    with log.begin() as connection:
        connection.execute(delete(delivery))
    assert _numbers(_taking(log).take([_small(1)])) == (0, 0, 1)


def _small(number: int) -> Told:
    return replace(_large(number), mail=None)


def test_large_mails_of_what_was_purged_are_not_stored(log: Engine) -> None:
    blobs = _Blobs(log)
    _taking(log, blobs).take([_large(1)])
    with log.begin() as connection:
        connection.execute(delete(delivery))
    _taking(log, blobs).take([_large(1)])
    assert len(blobs.uses) == 1


_ENTRY = Entry(user_id="7", target="email", address="ann@example.org")


def _of_lists(at: datetime) -> list[Item]:
    place = Place(table="lists", row=1)
    return [
        OptedOut(place=place, refusal=Refusal(user="7"), at=at),
        Suppressed(place=place, suppression=_suppression(Source.IMPORT, at)),
        Addressed(place=place, entry=_ENTRY, at=at),
    ]


def _suppression(source: Source, at: datetime, until: datetime | None = None) -> Suppression:
    return Suppression(address="ann@example.org", target="email", source=source, who="ann", at=at, until=until)


def test_what_was_taken_back_stays_so_when_the_record_of_that_is_purged(log: Engine) -> None:
    """Unless the old system says it anew."""
    assert _taking(log).take(_of_lists(_NOW)).new.total() == 3
    assert _taking(log).take(_of_lists(_NOW)).known.total() == 3
    with log.begin() as connection:
        optouts.opt_in(connection, Refusal(user="7"), _ANN, now=_NOW + timedelta(hours=1))
        suppressions.lift(connection, [_suppression(Source.IMPORT, _NOW).key])
        addresses.remove(connection, "7")
        connection.execute(delete(audit))
    assert _taking(log).take(_of_lists(_NOW)).left == {("lists", TAKEN_BACK): 3}
    assert _count(log, optout) == 0
    assert _taking(log).take(_of_lists(_NOW + timedelta(hours=2))).new.total() == 3


def test_a_list_that_has_an_address_twice_says_it_once(log: Engine) -> None:
    twice = [
        Suppressed(place=Place(table="lists", row=number), suppression=_suppression(Source.IMPORT, at))
        for number, at in enumerate((_NOW, _NOW + timedelta(days=4)))
    ]
    assert _taking(log).take(twice).new.total() == 1
    with log.begin() as connection:
        suppressions.lift(connection, [_suppression(Source.IMPORT, _NOW).key])
        connection.execute(delete(audit))
    assert _taking(log).take(twice).left == {("lists", TAKEN_BACK): 2}


def test_what_was_taken_back_before_the_first_import_stays_so_as_well(log: Engine) -> None:
    with log.begin() as connection:
        for change in (optouts.opt_out, optouts.opt_in):
            change(connection, Refusal(user="7"), _ANN, now=_NOW + timedelta(hours=1))
    opted_out, *_ = _of_lists(_NOW)
    assert _taking(log, dry_run=True).take([opted_out]).left == {("lists", TAKEN_BACK): 1}
    assert _count(log, taken_over) == 0
    assert _taking(log).take([opted_out]).left == {("lists", TAKEN_BACK): 1}
    with log.begin() as connection:
        connection.execute(delete(audit))
    assert _taking(log).take([opted_out]).left == {("lists", TAKEN_BACK): 1}


def test_a_later_word_of_the_old_system_counts_once_an_older_one_here_has_run_out(log: Engine) -> None:
    with log.begin() as connection:
        older = _suppression(Source.OPERATOR, _NOW - timedelta(hours=1), until=_NOW + timedelta(hours=1))
        suppressions.enter(connection, [older])
    wanted = [Suppressed(place=Place(table="lists", row=1), suppression=_suppression(Source.IMPORT, _NOW))]
    assert _taking(log, now=_NOW).take(wanted).known.total() == 1
    assert _taking(log, now=_NOW + timedelta(hours=2)).take(wanted).new.total() == 1
