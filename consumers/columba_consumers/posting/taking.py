"""Where providers post to: what is answered with success is committed, and anything else changed nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from columba_shared.clock import Clock
from columba_shared.telemetry import emit
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from columba_consumers.posting.body import TooMuch, body_of
from columba_consumers.posting.post import Forged, NotNow, Post, Refusal

_AGAIN_SECONDS: Final = 60


def posted_to(path: str, take: Callable[[str, Request], Awaitable[Response]], *, at_once: int) -> Route:
    """Return `path/<provider>`, where ``take`` gets the provider's name and what it posts, and may raise Refusal.

    No more than so many bodies are in memory at once; the rest wait.
    """
    turns = asyncio.Semaphore(at_once)

    async def endpoint(request: Request) -> Response:
        name = request.path_params["provider"]
        async with turns:
            try:
                return await take(name, request)
            except TooMuch:
                return answer(413, "That was too much, or too slow.")
            except Refusal as refusal:
                _tell(name, refusal)
                return answer(refusal.status, str(refusal))
            except SQLAlchemyError as error:
                emit("webhook.failed", provider=name, error=error)
                return answer(NotNow.status, "Not now: the log cannot be written.")

    return Route(f"{path}/{{provider}}", endpoint, methods=["POST"])


async def post_of(request: Request, *, most: int, clock: Clock, kept: int | None = None) -> Post:
    """Return what was posted, or as much of its body as is to be ``kept``; raises TooMuch."""
    body = await body_of(request, most=most, kept=kept)
    return Post(headers={key.lower(): value for key, value in request.headers.items()}, body=body, at=clock())


def answer(status: int, text: str) -> Response:
    """Return an answer in words."""
    headers = {"Retry-After": str(_AGAIN_SECONDS)} if status == NotNow.status else {}
    return PlainTextResponse(f"{text}\n", status_code=status, headers=headers | {"Cache-Control": "no-store"})


def _tell(name: str, refusal: Refusal) -> None:
    match refusal:
        case Forged():
            emit("webhook.forged", provider=name, why=str(refusal))
        case NotNow():
            emit("webhook.failed", provider=name, error=refusal)
        case _:
            emit("webhook.nonsense", provider=name, why=str(refusal))
