"""Files of events are fetched once for all who want them at the time, checked, and kept while there is room."""

import asyncio
import threading
from collections import Counter
from datetime import timedelta
from hashlib import sha256

import pytest
from columba_consumers.rendering.errors import FileDamaged, FileMissing, FilesAway, RenderError
from columba_consumers.rendering.porter import Porter, nothing_kept
from columba_shared.blobs.errors import BlobMissing, BlobsAway
from columba_shared.enclosure import Enclosure


class Shelf:
    """What a blob store has, and how often it was asked; it answers when it is let."""

    def __init__(self, *contents: bytes) -> None:
        self.kept = {sha256(content).hexdigest(): content for content in contents}
        self.asked: Counter[str] = Counter()
        self.was_asked = threading.Event()
        self.answers = threading.Event()
        self.answers.set()
        self.away = False

    def get(self, blob: str) -> bytes:
        """Return the content."""
        self.asked[blob] += 1
        self.was_asked.set()
        self.answers.wait(30)
        if self.away:
            raise BlobsAway("the cellar is locked")
        if blob not in self.kept:
            raise BlobMissing("no such thing")
        return self.kept[blob]


def enclosed(content: bytes, **changes: object) -> Enclosure:
    fields = {"name": "a.pdf", "size": len(content), "blob": sha256(content).hexdigest()} | changes
    return Enclosure(**fields)  # type: ignore[arg-type]


def porter(shelf: Shelf, *, seconds: float = 30, room_bytes: int = 1000) -> Porter:
    return Porter(shelf.get, threads=2, deadline=timedelta(seconds=seconds), room_bytes=room_bytes)


async def test_files_come_in_their_order_those_inside_without_asking() -> None:
    shelf = Shelf(b"large")
    small = Enclosure(name="s", size=5, content=b"small", media_type="text/plain", cid="c")
    found = await porter(shelf).fetch((small, enclosed(b"large")))
    assert [(each.name, each.content, each.media_type, each.cid) for each in found] == [
        ("s", b"small", "text/plain", "c"),
        ("a.pdf", b"large", None, None),
    ]
    assert shelf.asked.total() == 1


async def test_all_who_want_it_at_once_wait_for_the_same_fetch_and_later_ones_for_none() -> None:
    shelf = Shelf(b"large")
    shelf.answers.clear()
    fetcher = porter(shelf)
    waiting = [asyncio.create_task(fetcher.fetch((enclosed(b"large"),))) for _ in range(20)]
    await asyncio.to_thread(shelf.was_asked.wait, 30)
    waiting[0].cancel()
    shelf.answers.set()
    found = await asyncio.gather(*waiting[1:])
    assert {each[0].octets for each in found} == {b"large"}
    await fetcher.fetch((enclosed(b"large", name="other.pdf"),))
    assert shelf.asked.total() == 1


async def test_what_was_not_wanted_for_longest_makes_room() -> None:
    contents = [bytes([number]) * 400 for number in range(3)]
    shelf = Shelf(*contents)
    fetcher = porter(shelf, room_bytes=1000)
    for content in (contents[0], contents[1], contents[0], contents[2], contents[0], contents[1]):
        await fetcher.fetch((enclosed(content),))
    assert [shelf.asked[sha256(content).hexdigest()] for content in contents] == [1, 2, 1]


async def test_what_is_larger_than_all_room_is_fetched_each_time() -> None:
    shelf = Shelf(b"x" * 2000)
    fetcher = porter(shelf)
    for _ in range(2):
        assert (await fetcher.fetch((enclosed(b"x" * 2000),)))[0].octets == b"x" * 2000
    assert shelf.asked.total() == 2


@pytest.mark.parametrize(
    ("enclosure", "error", "spends"),
    [
        (enclosed(b"nobody has this"), FileMissing, True),
        (enclosed(b"large", size=4), FileDamaged, True),
    ],
)
async def test_what_is_gone_or_changed_is_the_end_until_somebody_replays(
    enclosure: Enclosure, error: type[RenderError], *, spends: bool
) -> None:
    with pytest.raises(error, match=r"^attachments: a\.pdf is ") as caught:
        await porter(Shelf(b"large")).fetch((enclosure,))
    assert (caught.value.permanent, caught.value.spends_attempt) == (True, spends)


async def test_content_under_anothers_name_is_found_out() -> None:
    shelf = Shelf()
    shelf.kept[sha256(b"large").hexdigest()] = b"LARGE"
    with pytest.raises(FileDamaged, match="its hash is another"):
        await porter(shelf).fetch((enclosed(b"large"),))


async def test_a_store_that_is_away_costs_no_attempt_and_is_asked_again() -> None:
    shelf = Shelf(b"large")
    fetcher = porter(shelf)
    shelf.away = True
    with pytest.raises(FilesAway, match="cannot be fetched: the cellar is locked") as caught:
        await fetcher.fetch((enclosed(b"large"),))
    assert (caught.value.permanent, caught.value.spends_attempt) == (False, False)
    shelf.away = False
    assert (await fetcher.fetch((enclosed(b"large"),)))[0].octets == b"large"


async def test_a_store_that_does_not_answer_is_given_up() -> None:
    shelf = Shelf(b"large")
    shelf.answers.clear()
    with pytest.raises(FilesAway, match=r"attachments: fetching a\.pdf was not done after 0\.05 s") as caught:
        await porter(shelf, seconds=0.05).fetch((enclosed(b"large"),))
    shelf.answers.set()
    assert (caught.value.permanent, caught.value.spends_attempt) == (False, False)


async def test_without_a_store_there_is_nothing() -> None:
    with pytest.raises(FileMissing, match="no blob store here"):
        await Porter(nothing_kept, threads=1, deadline=timedelta(seconds=30)).fetch((enclosed(b"large"),))
