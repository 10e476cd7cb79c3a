"""How the endpoints read what is posted to them, bounded in size and time, and what they answer."""

import asyncio
from typing import Final

from columba_shared.telemetry import emit
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from columba_consumers.bounces.posted.post import Forged, NotNow, Refusal

PATIENCE_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 60


class TooMuch(Exception):
    """The body is larger than any that a provider sends, or takes longer."""


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


def answer(status: int, text: str) -> Response:
    """Return an answer in words."""
    headers = {"Retry-After": str(_AGAIN_SECONDS)} if status == NotNow.status else {}
    return PlainTextResponse(f"{text}\n", status_code=status, headers=headers | {"Cache-Control": "no-store"})


def tell(name: str, refusal: Refusal) -> None:
    """Tell that a provider's post was not taken in."""
    match refusal:
        case Forged():
            emit("webhook.forged", provider=name, why=str(refusal))
        case NotNow():
            emit("webhook.failed", provider=name, error=refusal)
        case _:
            emit("webhook.nonsense", provider=name, why=str(refusal))
