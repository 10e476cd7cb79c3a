"""Messages frozen word for word: how they are kept, and read back when their delivery is due."""

import asyncio
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import msgspec
from columba_shared.log.engine import reading
from columba_shared.log.freezing import frozen_message
from columba_shared.log.moderated import Exact
from sqlalchemy import Engine

from columba_consumers.rendering.errors import RenderError
from columba_consumers.targets.target import Content

_DIGEST_BYTES: Final = 8
_encoder: Final = msgspec.json.Encoder(order="deterministic")


class FrozenUnreadable(RenderError):
    """The message that was to go out word for word is gone, or is none of this target's."""


def exact(message: Content) -> Exact:
    """Return the message as it is kept, with the digest that tells it from any other."""
    content = _encoder.encode(message)
    return Exact(content=content, digest=blake2b(content, digest_size=_DIGEST_BYTES).hexdigest())


def thaw(content: bytes, message: object) -> Content:
    """Return the message that was kept, of the type or types given; raises FrozenUnreadable."""
    try:
        return msgspec.json.decode(content, type=message)
    except (msgspec.MsgspecError, ValueError) as error:
        raise FrozenUnreadable(f"the frozen message cannot be read: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenMessages:
    """The frozen messages of one target."""

    engine: Engine
    message: Any
    """Its type, or all of them."""

    async def of(self, delivery_id: UUID) -> Content:
        """Return the delivery's message; raises FrozenUnreadable, and what the database raises."""
        content = await asyncio.to_thread(self._read, delivery_id)
        return thaw(content, self.message)

    def _read(self, delivery_id: UUID) -> bytes:
        with reading(self.engine) as connection:
            found = frozen_message(connection, delivery_id)
        if found is None:
            raise FrozenUnreadable("the log has no frozen message for this delivery")
        return found.exact.content
