"""What is packed for one destination is what all others get."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from columba_consumers.errors import InvalidMessage, Temporary
from columba_consumers.file_message import File, FileMessage
from columba_consumers.targets.files.packer import Packer
from columba_consumers.targets.files.validators import Validators

SELECTION = tuple(File(name=f"{number}.txt", text=str(number) * 1000) for number in range(50))


async def test_one_event_is_packed_once_for_many_destinations() -> None:
    packer = Packer(Validators.of(()), max_size=10**8)
    event = uuid4()
    messages = [FileMessage(zip="all.zip", related=tuple(SELECTION)) for _ in range(20)]
    found = await asyncio.gather(*(packer.packed(each, event=event, kind="news") for each in messages))
    assert len({id(each) for each in found}) == 1
    assert await packer.packed(messages[0], event=uuid4(), kind="news") is not found[0]
    packer.close()


async def test_only_the_file_and_those_of_its_ending_are_validated() -> None:
    packer = Packer(Validators.of(()), max_size=10**8)
    photo, other = File(name="a.jpg", content=b"\xff"), File(name="b.XML", text="<b>")
    message = FileMessage(name="a.xml", text="<a/>", related=(photo,), validators=("well-formed",), zip="all.zip")
    await packer.packed(message, event=uuid4(), kind="news")
    for _ in range(2):
        with pytest.raises(InvalidMessage, match=r"b.XML: well-formed"):
            await packer.packed(
                FileMessage(name="a.xml", text="<a/>", related=(photo, other), validators=("well-formed",)),
                event=uuid4(),
                kind="news",
            )
    packer.close()


async def test_a_file_that_changed_is_packed_and_validated_again(tmp_path: Path) -> None:
    packer = Packer(Validators.of(()), max_size=10**8)
    source, event = tmp_path / "a.xml", uuid4()
    message = FileMessage(name="a.xml", path=str(source), validators=("well-formed",))
    source.write_text("<a/>")
    first = await packer.packed(message, event=event, kind="news")
    assert await packer.packed(message, event=event, kind="news") is first
    source.write_text("<a>more</a>")
    second = await packer.packed(message, event=event, kind="news")
    assert (second.size, second.files[0].octets()) == (11, b"<a>more</a>")
    source.write_text("<a>")
    with pytest.raises(InvalidMessage, match="well-formed"):
        await packer.packed(message, event=event, kind="news")
    packer.close()


async def test_what_was_validated_is_sent_or_nothing(tmp_path: Path) -> None:
    packer = Packer(Validators.of(()), max_size=10**8)
    source = tmp_path / "a.xml"
    source.write_text("<a/>")
    message = FileMessage(name="a.xml", path=str(source))
    packed = (await packer.packed(message, event=uuid4(), kind="news")).files[0]
    reading = packed.blocks()
    assert next(reading) == b"<a/>"
    # As long as before, and at another place: as most programs write.
    (tmp_path / "new").write_text("<b/>")
    (tmp_path / "new").replace(source)
    assert list(reading) == []
    with pytest.raises(Temporary, match=r"a\.xml: its source has changed since it was packed and validated"):
        packed.octets()
    again = (await packer.packed(message, event=uuid4(), kind="news")).files[0]
    reading = again.blocks()
    next(reading)
    with source.open("a") as file:
        file.write("<!-- more -->")
    with pytest.raises(Temporary, match="has changed"):
        list(reading)
    packer.close()
