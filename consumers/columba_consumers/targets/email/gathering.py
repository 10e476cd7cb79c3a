"""Reading what attachments name: once, as late as can be, and no more of it than a mail may carry."""

from datetime import timedelta
from functools import partial
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Final

from columba_shared.attachment import Attachment
from msgspec.structs import replace

from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import InvalidMessage, Temporary
from columba_consumers.rendering.app_threads import AppThreads
from columba_consumers.rendering.errors import RenderError
from columba_consumers.targets.email.mime.attached import file_name

_MIB: Final = 1024 * 1024


class Gatherer:
    """Reads in threads with a deadline: a disk or a stream that does not answer costs its own delivery alone."""

    def __init__(self, *, most_mib: int, threads: int, deadline: timedelta) -> None:
        self._most_mib = most_mib
        self._threads = AppThreads(threads=threads, deadline=deadline)

    async def gathered(self, message: EmailMessage) -> EmailMessage:
        """Return the message with the bytes of all attachments.

        Raises InvalidMessage if they are more than is allowed, Temporary for one that cannot be read now.
        """
        if all(isinstance(each.content, bytes) for each in message.attachments):
            return _read(message, self._most_mib)
        try:
            return await self._threads.run(partial(_read, message, self._most_mib), name="reading the attachments")
        except RenderError as error:
            raise Temporary(f"attachments: {error.description}") from error

    def close(self) -> None:
        """Give up what is still being read."""
        self._threads.close()


def _read(message: EmailMessage, most_mib: int) -> EmailMessage:
    room = most_mib * _MIB
    attachments: list[Attachment] = []
    for attachment in message.attachments:
        file_name(attachment.name)
        content = _content(attachment, room)
        room -= len(content)
        if room < 0:
            raise InvalidMessage(
                f"attachments: more than the {most_mib} MiB of COLUMBA_ATTACHMENTS_MIB, counted to {attachment.name}"
            )
        attachments.append(replace(attachment, content=content))
    return replace(message, attachments=tuple(attachments))


def _content(attachment: Attachment, room: int) -> bytes:
    """Return the content, or one byte more than there is room for."""
    content = attachment.content
    if isinstance(content, bytes):
        return content
    try:
        with Path(content).open("rb") if isinstance(content, PathLike) else content as file:
            return _up_to(file, room + 1)
    except (OSError, ValueError) as error:  # ValueError: a file that was closed, or read before
        reason = error.strerror if isinstance(error, OSError) else None
        raise Temporary(f"attachments: {attachment.name} cannot be read: {reason or error}") from error


def _up_to(file: BinaryIO, most: int) -> bytes:
    """Read on while the file has more: a stream gives as much at a time as it happens to have."""
    pieces: list[bytes] = []
    while most > 0 and (piece := file.read(most)):
        if not isinstance(piece, bytes):
            raise ValueError("it gives no bytes: open it in binary mode")  # noqa: TRY004 - a value of the app's
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)
