"""Makes of a message what goes out, once for all destinations that get the same."""

import asyncio
from collections import OrderedDict
from typing import Final
from uuid import UUID

from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files.crew import Crew
from columba_consumers.targets.files.packing import Packed, PackedFile, Stamp, as_zip, gathered, read, stamps
from columba_consumers.targets.files.validators import Validators

_MOST_KEPT: Final = 32
_MOST_BYTES: Final = 1 << 26

_Key = tuple[UUID, FileMessage, tuple[Stamp | None, ...]]


class Packer:
    """What was packed for one delivery of an event is what the others get: the same bytes, with the same hash."""

    def __init__(self, validators: Validators, *, max_size: int) -> None:
        self._validators = validators
        self._max_size = max_size
        # One thread: packing is work for the processor, and schemas are used by one at a time.
        self._crew = Crew(1)
        self._kept: OrderedDict[_Key, asyncio.Task[Packed]] = OrderedDict()

    async def packed(self, message: FileMessage, *, event: UUID, kind: str) -> Packed:
        """Return the files, read, validated and packed; raises InvalidMessage."""
        if self._is_quick(message, kind):
            return read(message, max_size=self._max_size)
        key = (event, message, await self._stamps(message))
        task = self._kept.get(key)
        if task is None:
            task = asyncio.create_task(self._crew.run(lambda: self._pack(message, kind)))
            self._kept[key] = task
        try:
            done = await asyncio.shield(task)
        except BaseException:
            if task.done():
                self._kept.pop(key, None)
            raise
        self._forget()
        return done

    async def gathered(self, message: FileMessage) -> FileMessage:
        """Return the message with the content of all its files; raises DeliveryError."""
        return await self._crew.run(lambda: gathered(message, max_size=self._max_size))

    def close(self) -> None:
        """End the threads."""
        self._crew.close()
        self._validators.close()
        self._kept.clear()

    async def _stamps(self, message: FileMessage) -> tuple[Stamp | None, ...]:
        """Return what the files at paths are: once one has changed, it is packed and validated again."""
        if message.path is None and all(file.path is None for file in message.related):
            return ()
        return await self._crew.run(lambda: stamps(message))

    def _is_quick(self, message: FileMessage, kind: str) -> bool:
        """Tell whether there is next to nothing to do, which asking a thread would only make longer."""
        return (
            message.zip is None
            and message.path is None
            and not message.related
            and not message.validators
            and not self._validators.are_for(kind)
        )

    def _pack(self, message: FileMessage, kind: str) -> Packed:
        found = read(message, max_size=self._max_size)
        self._validators.check(kind, message.validators, _judged(message, found.files))
        if message.zip is None:
            return found
        return as_zip(found, message.directory, message.zip, max_size=self._max_size)

    def _forget(self) -> None:
        """Let go of the oldest: of all but the newest, where they are big."""
        sizes = [task.result().size if task.done() and not task.exception() else 0 for task in self._kept.values()]
        while len(sizes) > _MOST_KEPT or (len(sizes) > 1 and sum(sizes) > _MOST_BYTES):
            self._kept.popitem(last=False)
            del sizes[0]


def _judged(message: FileMessage, files: tuple[PackedFile, ...]) -> tuple[PackedFile, ...]:
    """Return the files that validators are asked about: the one that the message is, and those of its ending."""
    if not message.has_file:
        return files
    ending = _ending(message.name)
    return tuple(file for file in files if _ending(file.name) == ending)


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
