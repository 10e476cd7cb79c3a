"""What is packed for one destination is what all others get."""

import asyncio
from uuid import uuid4

import pytest
from columba_consumers.errors import InvalidMessage
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
