"""pika's connection, which no message can break: one whose properties cannot be read comes in without them."""

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
    """Stands between pika's reading of frames and foreign properties.

    A not-a-number, a date after the year 9999 or tables nested too deep make pika raise while it reads. That ends the
    connection, so the broker delivers the message again, and so for ever.
    """

    def drop(self, why: str) -> None:
        """End it at once, without a word to the broker: pika's own close waits for an answer, for ever."""
        if not self.is_closed:
            self._terminate_stream(AMQPError(why))

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
