"""Files that go with an event: those that are small travel in it, and what cannot go is refused by name."""

import base64
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from columba_producer import Attachment, EventRequest
from columba_producer.creation import Creation
from columba_producer.enclosing import INSIDE, Enclosing
from columba_shared.blobs.errors import BlobsAway
from columba_shared.blobs.measured import PIECE, Measured
from columba_shared.blobs.store import Use
from columba_shared.enclosure import Enclosure
from columba_shared.errors import InvalidEvent
from columba_shared.event import MAX_EVENT_BYTES, Event
from columba_shared.wire import decode

LARGE = bytes(range(256)) * (INSIDE // 128)
MIB = 1024 * 1024


class Shelf:
    """A blob store in memory, which knows what it was asked."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.uses: list[Use] = []

    def put(self, content: Measured, use: Use) -> str:
        """Keep it under its hash."""
        self.kept[content.sha256] = content.whole()
        self.uses.append(use)
        return content.sha256

    def get(self, blob: str) -> bytes:
        """Return what is kept."""
        return self.kept[blob]

    def close(self) -> None:
        """Hold nothing open."""


class FullShelf(Shelf):
    """One that takes nothing."""

    def put(self, content: Measured, use: Use) -> str:
        """Refuse it."""
        raise BlobsAway(f"no room for {content.size} bytes of {use.event_id}")


class Trickle(io.RawIOBase):
    """A stream that gives less at a time than it is asked for."""

    def __init__(self, content: bytes) -> None:
        self.rest = content
        self.step = len(content) // 7 + 1

    def readable(self) -> bool:
        """Say so."""
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # the type of what RawIOBase gives
        """Give little."""
        piece, self.rest = self.rest[: self.step], self.rest[self.step :]
        buffer[: len(piece)] = piece
        return len(piece)


def published(attachments: object, enclosing: Enclosing | None = None, **said: object) -> tuple[Event, ...]:
    """Return the events as a consumer decodes them."""
    creation = Creation(enclosing=enclosing or Enclosing(), targets=("email", "fax"))
    request = {"kind": "invoice.ready", "to": "bob@example.com", "attachments": attachments} | said
    return tuple(decode(each.body) for each in creation.events(EventRequest.of(request)))


def files(event: Event) -> list[bytes | None]:
    return [each.content for each in event.attachments]


def test_small_files_travel_in_the_event(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a;b\n")
    stream = io.BytesIO(b"\x00\xff")
    (event,) = published(
        [
            Attachment(name="a.csv", content=path, media_type="text/csv"),
            Attachment(name="dot.png", content=stream, cid="dot"),
            Attachment(name="empty", content=b""),
        ]
    )
    assert event.attachments == (
        Enclosure(name="a.csv", media_type="text/csv", size=4, content=b"a;b\n"),
        Enclosure(name="dot.png", cid="dot", size=2, content=b"\x00\xff"),
        Enclosure(name="empty", size=0, content=b""),
    )
    assert stream.closed


def test_an_event_without_files_has_nothing_of_them() -> None:
    (event,) = published(())
    assert event.attachments == ()
    (event,) = published([])
    assert b"attachments" not in msgspec.json.encode(event)


def test_large_ones_are_stored_and_named_by_what_they_contain() -> None:
    shelf = Shelf()
    both = [Attachment(name="s.txt", content=b"small"), Attachment(name="l.bin", content=LARGE)]
    events = published(both, Enclosing(store=lambda: shelf), target=["email", "fax"])
    small, large = events[0].attachments
    assert (small.content, small.blob) == (b"small", None)
    assert large.content is None
    assert shelf.kept == {large.blob: LARGE}
    assert large.size == len(LARGE)
    assert events[0].attachments == events[1].attachments
    assert shelf.uses == [Use(event_id=events[0].id, targets=("email", "fax"), at=events[0].created_at)]


def test_many_small_ones_are_large_together() -> None:
    shelf = Shelf()
    given = (Attachment(name=f"{number}.bin", content=bytes([number]) * 5_000) for number in range(5))
    (event,) = published(given, Enclosing(store=lambda: shelf))
    assert [content is None for content in files(event)] == [False, False, False, True, True]


@pytest.mark.parametrize("size", [INSIDE + 1, PIECE, 3 * PIECE + 1])
def test_a_path_and_a_stream_are_stored_whole(tmp_path: Path, size: int) -> None:
    content = (b"0123456789abcde\n" * (size // 16 + 1))[:size]
    path = tmp_path / "file"
    path.write_bytes(content)
    for given in (path, path.open("rb"), Trickle(content), content):
        shelf = Shelf()
        published(Attachment(name="file", content=given), Enclosing(store=lambda shelf=shelf: shelf))  # type: ignore[arg-type,misc]
        assert list(shelf.kept.values()) == [content]


def test_without_a_store_they_travel_inside_up_to_what_an_event_may_have() -> None:
    (event,) = published(Attachment(name="l.bin", content=LARGE))
    assert files(event) == [LARGE]
    with pytest.raises(InvalidEvent, match=r"^attachments: with b\.bin .* Set COLUMBA_BLOBS or COLUMBA_DATABASE_URL"):
        published([Attachment(name="a", content=b"a"), Attachment(name="b.bin", content=b"b" * MAX_EVENT_BYTES)])
    fitting = MAX_EVENT_BYTES * 3 // 4
    with pytest.raises(InvalidEvent, match=r"^attachments: the event is 1,048,\d+ bytes"):
        published(Attachment(name="c.bin", content=b"c" * fitting))


def test_together_they_may_have_what_one_mail_may() -> None:
    shelf = Shelf()
    two = [Attachment(name=name, content=name.encode() * MIB) for name in ("a", "b")]
    published(two, Enclosing(store=lambda: shelf, most_mib=2))
    refused = r"^attachments: more than the 1 MiB of COLUMBA_ATTACHMENTS_MIB, counted to b$"
    with pytest.raises(InvalidEvent, match=refused):
        published(two, Enclosing(store=lambda: shelf, most_mib=1))
    endless = io.BytesIO(b"x" * (MIB + 1))
    with pytest.raises(InvalidEvent, match=r"counted to e$"):
        published(Attachment(name="e", content=endless), Enclosing(store=lambda: shelf, most_mib=1))
    assert endless.closed


def test_a_store_that_does_not_take_it_lets_nothing_out() -> None:
    with pytest.raises(BlobsAway, match="no room"):
        published(Attachment(name="l", content=LARGE), Enclosing(store=FullShelf))


def test_what_cannot_travel_anyway_stores_nothing() -> None:
    shelf = Shelf()
    with pytest.raises(InvalidEvent, match=r"^context"):
        published(
            Attachment(name="l", content=LARGE), Enclosing(store=lambda: shelf), context={"x": "x" * MAX_EVENT_BYTES}
        )
    assert not shelf.kept


class Bare:
    """The least that can be read: no context manager, as the streams of some libraries."""

    def __init__(self, content: bytes | Exception) -> None:
        self.content = content
        self.is_closed = False

    def read(self, size: int) -> bytes:
        """Give all of it, or fail."""
        assert size > 0
        content, self.content = self.content, b""
        if isinstance(content, Exception):
            raise content
        return content

    def close(self) -> None:
        """Note it."""
        self.is_closed = True


def test_a_stream_that_is_no_context_manager_is_read_and_closed() -> None:
    stream = Bare(b"content")
    (event,) = published(Attachment(name="a", content=stream))  # type: ignore[arg-type]  # less than IO[bytes]
    assert (files(event), stream.is_closed) == ([b"content"], True)


def test_whatever_a_stream_raises_is_about_its_attachment() -> None:
    stream = Bare(zlib.error("invalid header"))
    given = [Attachment(name="a", content=b"a"), Attachment(name="b", content=stream)]  # type: ignore[arg-type]  # as above
    with pytest.raises(InvalidEvent, match=r"^attachments\[1\]: b cannot be read: invalid header$") as caught:
        published(given)
    assert isinstance(caught.value.__cause__, zlib.error)
    assert stream.is_closed


def test_what_can_only_be_read_is_read() -> None:
    reader = SimpleNamespace(read=io.BytesIO(b"content").read)
    (event,) = published(Attachment(name="a", content=reader))
    assert files(event) == [b"content"]


def _closed() -> io.BytesIO:
    stream = io.BytesIO(b"x")
    stream.close()
    return stream


def _endless() -> Iterator[Attachment]:
    while True:
        yield Attachment(name="x", content=b"")


@pytest.mark.parametrize(
    ("attachments", "problem"),
    [
        (b"content", r"attachments: must be Attachments, not bytes"),
        ([b"content"], r"attachments\[0\]: must be an Attachment, not bytes"),
        (_endless(), "at most 50"),
        (Attachment(name="", content=b""), r"attachments\[0\]\.name"),
        (Attachment(name=" .", content=b""), r"attachments\[0\]\.name"),
        (Attachment(name="a\nb", content=b""), r"attachments\[0\]\.name: .*control characters"),
        (Attachment(name="../a", content=b""), r"attachments\[0\]\.name: .*without folders"),
        (Attachment(name="c:\\a", content=b""), r"attachments\[0\]\.name: .*without folders"),
        (Attachment(name="x" * 256, content=b""), r"attachments\[0\]\.name: is 256"),
        (Attachment(name="a", content=b"", media_type="pdf"), r"attachments\[0\]\.media_type"),
        (Attachment(name="a", content=b"", media_type="multipart/mixed"), r"attachments\[0\]\.media_type"),
        (Attachment(name="a", content=b"", cid="<a>"), r"attachments\[0\]\.cid"),
        ([Attachment(name=name, content=b"", cid="c") for name in "ab"], "attachments: two have the cid c"),
        (Attachment(name="a", content=Path("nowhere/a")), r"attachments\[0\]: a cannot be read: No such file"),
        (Attachment(name="a", content=Path()), r"attachments\[0\]: a cannot be read: Is a directory"),
        (Attachment(name="a", content=_closed()), r"attachments\[0\]: a cannot be read: I/O operation on closed file"),
        (Attachment(name="a", content=io.StringIO("x")), r"binary mode"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_attached_is_refused_by_name(attachments: object, problem: str) -> None:
    with pytest.raises(InvalidEvent, match=problem):
        published(attachments)


def test_a_name_may_be_in_any_language() -> None:
    (event,) = published(Attachment(name="Rechnung für März 👩‍🚀.pdf", content=b"%PDF"))
    assert [each.name for each in event.attachments] == ["Rechnung für März 👩‍🚀.pdf"]


def test_what_travels_is_base64() -> None:
    (made,) = Creation().events(EventRequest(kind="k", to="b@x", attachments=Attachment(name="a", content=LARGE[:50])))
    plain = msgspec.json.decode(made.body)
    assert plain["attachments"] == [{"name": "a", "size": 50, "content": base64.b64encode(LARGE[:50]).decode()}]
