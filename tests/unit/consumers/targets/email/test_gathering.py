"""What attachments name is read once, late, and no more of it than a mail may carry."""

import asyncio
import io
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import InvalidMessage, Temporary
from columba_consumers.targets.email.gathering import Gatherer
from columba_shared.attachment import Attachment

from tests.unit.conftest import Later

_MIB = 1024 * 1024


def _message(*attachments: Attachment) -> EmailMessage:
    return EmailMessage(subject="s", text="t", attachments=attachments)


async def _gathered(message: EmailMessage, *, deadline: timedelta = timedelta(seconds=10)) -> EmailMessage:
    gatherer = Gatherer(most_mib=1, threads=1, deadline=deadline)
    try:
        return await gatherer.gathered(message)
    finally:
        gatherer.close()


class _Trickle(io.RawIOBase):
    """A stream that has a byte at a time."""

    def __init__(self, content: bytes) -> None:
        self._left = content

    def readable(self) -> bool:
        return True

    def read(self, _size: int = -1, /) -> bytes:
        first, self._left = self._left[:1], self._left[1:]
        return first


async def test_bytes_a_path_and_a_stream_become_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"from a path")
    message = await _gathered(
        _message(
            Attachment(name="a", content=path),
            Attachment(name="b", content=b"as bytes"),
            Attachment(name="c", content=path.open("rb")),
            Attachment(name="d", content=_Trickle(b"bit by bit")),  # type: ignore[arg-type]  # as good as any stream
        )
    )
    found = [each.octets for each in message.attachments]
    assert found == [b"from a path", b"as bytes", b"from a path", b"bit by bit"]


async def test_a_file_is_closed_once_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    file = (tmp_path / "a").open("rb")
    await _gathered(_message(Attachment(name="a", content=file)))
    assert file.closed


async def test_as_much_as_is_allowed_is_read_and_a_byte_more_is_refused_by_name() -> None:
    half = Attachment(name="half.bin", content=io.BytesIO(b"x" * (_MIB // 2)))
    again = Attachment(name="again.bin", content=b"x" * (_MIB // 2))
    assert len((await _gathered(_message(half, again))).attachments) == 2
    drop = Attachment(name="drop.bin", content=io.BytesIO(b"x"))
    with pytest.raises(InvalidMessage, match=r"1 MiB of COLUMBA_ATTACHMENTS_MIB, counted to drop\.bin"):
        await _gathered(_message(again, again, drop))


async def test_no_more_of_a_stream_is_read_than_tells_that_it_is_too_much() -> None:
    endless = io.BytesIO(b"x" * 5 * _MIB)
    seen = endless.getbuffer().nbytes
    reads: list[int] = []

    class _Counted(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(size)
            reads.append(len(piece))
            return piece

    counted = _Counted(endless)
    with pytest.raises(InvalidMessage):
        await _gathered(_message(Attachment(name="e", content=counted)))
    assert sum(reads) == _MIB + 1 < seen


async def test_a_file_that_is_not_there_may_be_there_later(tmp_path: Path) -> None:
    with pytest.raises(Temporary, match=r"invoice\.pdf cannot be read: No such file"):
        await _gathered(_message(Attachment(name="invoice.pdf", content=tmp_path / "no.pdf")))


async def test_a_stream_that_was_read_before_or_gives_text_is_told() -> None:
    file = io.BytesIO(b"x")
    message = _message(Attachment(name="a", content=file))
    await _gathered(message)
    with pytest.raises(Temporary, match="a cannot be read"):
        await _gathered(message)
    text = Attachment(name="b", content=io.StringIO("x"))  # type: ignore[arg-type]  # the mistake that is made
    with pytest.raises(Temporary, match="binary mode"):
        await _gathered(_message(text))


async def test_a_file_that_does_not_answer_costs_its_own_delivery_alone(later: Later) -> None:
    asked, freed = threading.Event(), threading.Event()

    class _Stuck(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            asked.set()
            freed.wait(60)
            return b""

    gatherer = Gatherer(most_mib=1, threads=1, deadline=timedelta(seconds=30))
    try:
        stuck = asyncio.ensure_future(gatherer.gathered(_message(Attachment(name="stuck", content=_Stuck()))))
        await asyncio.to_thread(asked.wait, 60)
        later(timedelta(seconds=31))
        with pytest.raises(Temporary, match="reading the attachments was not done after 30 s"):
            await stuck
        other = _message(Attachment(name="fine", content=io.BytesIO(b"x")))
        assert (await gatherer.gathered(other)).attachments[0].octets == b"x"
    finally:
        freed.set()
        gatherer.close()
