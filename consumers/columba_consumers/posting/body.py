"""A request's body, bounded in size and time."""

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request

PATIENCE_SECONDS: Final = 10.0


class TooMuch(Exception):
    """The body is larger than any that is expected here, or takes longer."""


async def body_of(request: Request, *, most: int, kept: int | None = None) -> bytes:
    """Return the body, or as much of it as is to be ``kept``; raises TooMuch."""
    body, size = bytearray(), 0
    room = most if kept is None else kept
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise TooMuch
                body += chunk[: room - len(body)]
    except (TimeoutError, ClientDisconnect) as error:
        raise TooMuch from error
    return bytes(body)
