"""Blob stores kept by the week: whole or not at all, once a week, and only what is long over is removed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from random import Random
from threading import Barrier

import pytest
from columba_shared.blobs.errors import BlobMissing
from columba_shared.blobs.measured import PIECE, measured
from columba_shared.blobs.opening import weekly_store
from columba_shared.blobs.store import Use
from columba_shared.blobs.weeks import WeeklyStore, is_over
from columba_shared.identity import event_id

CONTENT = Random(3).randbytes(3 * PIECE + 1)  # noqa: S311 - content, no secret
NAME = sha256(CONTENT).hexdigest()
SUNDAY = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)


def put(store: WeeklyStore, content: bytes = CONTENT, at: datetime = SUNDAY) -> str:
    with measured(content, most=len(content)) as one:
        return store.put(one, Use(event_id=event_id(), targets=("email",), at=at))


def test_content_comes_back_as_it_was_put(store: WeeklyStore) -> None:
    name = put(store)
    assert name == f"2026-11-16/{NAME}"
    assert store.get(name) == CONTENT
    assert store.has(name)
    store.remove([name])
    assert not store.has(name)


def test_the_same_content_is_kept_once_a_week(store: WeeklyStore) -> None:
    tokyo = timezone(timedelta(hours=9))
    names = [put(store, at=at) for at in (SUNDAY, SUNDAY.astimezone(tokyo), SUNDAY + timedelta(minutes=1))]
    assert [name.partition("/")[0] for name in names] == ["2026-11-16", "2026-11-16", "2026-11-23"]
    assert store.weeks() == ["2026-11-16", "2026-11-23"]
    assert [list(store.blobs_of(week)) for week in store.weeks()] == [[names[0]], [names[2]]]


def test_rivals_with_the_same_content_all_find_it_whole(store: WeeklyStore) -> None:
    start = Barrier(6)

    def publish(_: int) -> bool:
        start.wait(timeout=30)
        return store.get(put(store)) == CONTENT

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(publish, range(6)))
    assert len(list(store.blobs_of("2026-11-16"))) == 1


def test_what_is_not_there_is_missing(store: WeeklyStore) -> None:
    put(store)
    for week in ("2026-11-16", "2026-11-23"):
        with pytest.raises(BlobMissing, match=f"has no {week}/aaaaaaaaaaaa"):
            store.get(f"{week}/{'a' * 64}")


def test_what_is_removed_is_gone_and_may_be_put_again(store: WeeklyStore) -> None:
    first, second = put(store), put(store, b"other" * 9_000)
    store.remove([first, f"2026-11-16/{'a' * 64}"])
    assert list(store.blobs_of("2026-11-16")) == [second]
    with pytest.raises(BlobMissing):
        store.get(first)
    store.remove([second])
    store.leave("2026-11-16")
    assert store.weeks() == []
    assert store.get(put(store)) == CONTENT


def test_leaving_a_week_keeps_what_is_in_it(store: WeeklyStore) -> None:
    name = put(store)
    store.leave("2026-11-16")
    assert store.get(name) == CONTENT


def test_another_process_reads_it(store: WeeklyStore, url: str) -> None:
    assert weekly_store(url).get(put(store)) == CONTENT


def test_a_week_is_over_when_its_sunday_is() -> None:
    assert [is_over("2026-11-16", SUNDAY + timedelta(minutes=minutes)) for minutes in (0, 1)] == [False, True]
    assert not is_over("lost+found", SUNDAY)


def test_many_are_gone_through(store: WeeklyStore) -> None:
    names = {put(store, bytes([number]) * 10) for number in range(30)}
    assert set(store.blobs_of("2026-11-16")) == names
    store.remove(sorted(names))
    assert list(store.blobs_of("2026-11-16")) == []
