"""Purging a folder or a bucket: what nobody has any more, of weeks that are long over."""

from datetime import timedelta
from pathlib import Path

from columba_shared.blobs.folder import FolderBlobs
from columba_shared.blobs.measured import measured
from columba_shared.blobs.store import Use
from columba_shared.enclosure import Enclosure
from columba_shared.event import Event
from columba_shared.identity import event_id
from columba_shared.log.purging import Purge
from columba_shared.log.purging.wanted import LONGER
from columba_shared.log.purging.weeks import edge, purge_weeks
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, delivery_of, event_of
from tests.contract.log.filling import conclude
from tests.contract.log.purged import SOON, gone

WEEK = timedelta(days=7)


def published(store: FolderBlobs, content: bytes) -> Event:
    """Return an event with this content beside it, as a producer without any database publishes it."""
    with measured(content, most=len(content)) as one:
        name = store.put(one, Use(event_id=event_id(), targets=("email",), at=NOW))
    return event_of(attachments=(Enclosure(name="a.pdf", size=len(content), blob=name),))


def left(store: FolderBlobs) -> int:
    return sum(len(list(store.blobs_of(week))) for week in store.weeks())


def test_what_the_log_knows_of_stays_and_goes_with_its_last_event(log: Engine, tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path)
    same = b"shared" * 9_000
    conclude(log, delivery_of(published(store, same)), delivery_of(published(store, same)))
    published(store, b"lost" * 9_000)
    assert left(store) == 2
    assert sum(purge_weeks(log, store, NOW + WEEK, remove=False)) == 1
    assert sum(purge_weeks(log, store, NOW + WEEK, remove=True)) == 1
    assert left(store) == 1
    gone(log, Purge(before=SOON))
    assert sum(purge_weeks(log, store, NOW + WEEK, remove=True)) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_week_that_is_not_over_is_not_touched(log: Engine, tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path)
    published(store, b"under way" * 9_000)
    assert sum(purge_weeks(log, store, NOW, remove=True)) == 0
    assert left(store) == 1


def test_however_young_what_is_purged_may_be_what_lies_in_a_queue_keeps_its_files() -> None:
    assert edge(NOW - timedelta(days=1), NOW) == NOW - LONGER
    assert edge(NOW - timedelta(days=90), NOW) == NOW - timedelta(days=90)
