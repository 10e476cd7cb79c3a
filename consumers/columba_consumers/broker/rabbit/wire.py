"""pika's connection, made fit for many small frames and foreign messages."""

import asyncio
import struct
from typing import Any, Final

from pika.adapters.asyncio_connection import AsyncioConnection
from pika.exceptions import AMQPError, InvalidFrameError
from pika.frame import Header
from pika.spec import FRAME_HEADER, BasicProperties

_FRAME: Final = struct.Struct(">BHL")
"""What every frame begins with: type, channel, size of the payload; one byte ends it."""
_BODY_SIZE: Final = struct.Struct(">HHQ")
"""What a content header begins with: class, weight, size of the body to come."""


class Wire(AsyncioConnection):  # type: ignore[misc] # pika is untyped
    """Sends together what is said together, and reads what pika cannot.

    pika would hand each frame to the system by itself: three for every message, one for every acknowledgement.

    A not-a-number, a date after the year 9999 or tables nested too deep make pika raise while it reads. That ends the
    connection, so the broker delivers the message again, and so for ever. Such a message comes in without properties.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as pika has them
        """Begin with nothing said."""
        self._unsent: list[bytes] = []
        super().__init__(*arguments, **options)

    def drop(self, why: str) -> None:
        """End it at once, without a word to the broker: pika's own close waits for an answer, for ever."""
        if not self.is_closed:
            self._terminate_stream(AMQPError(why))

    def _adapter_emit_data(self, data: bytes) -> None:
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._emit)
        self._unsent.append(data)

    def _emit(self) -> None:
        data, self._unsent = b"".join(self._unsent), []
        if self._transport is not None:  # which takes nothing once it is closed
            self._transport.write(data)

    def _read_frame(self) -> Any:  # noqa: ANN401 - pika is untyped
        try:
            return super()._read_frame()
        except InvalidFrameError:
            raise
        except Exception:  # what cannot be read is left out; what is no content header still ends the connection
            frame = _without_properties(self._frame_buffer)
            if frame is None:
                raise
            return frame


def _without_properties(data: bytes) -> tuple[int, Header] | None:
    """Return how long the content header at the front of the data is, and the header with nothing in it."""
    kind, channel, size = _FRAME.unpack_from(data)
    if kind != FRAME_HEADER:
        return None
    _, _, body_size = _BODY_SIZE.unpack_from(data, _FRAME.size)
    return _FRAME.size + size + 1, Header(channel, body_size, BasicProperties())
