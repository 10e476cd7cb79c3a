"""The endpoint that links lead to: a POST leaves at once, a GET only asks, and what is forged or old does nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from email import message_from_bytes
from functools import partial
from typing import Final
from urllib.parse import parse_qs

from columba_shared.clock import Clock, utc_now
from columba_shared.telemetry import emit
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from columba_consumers.posting.body import TooMuch, body_of
from columba_consumers.unsubscribe import pages
from columba_consumers.unsubscribe.leaving import leave
from columba_consumers.unsubscribe.tokens import BadToken, Expired, Leaving, Tokens

MOST_OCTETS: Final = 16 * 1024
_FIELD: Final = "List-Unsubscribe"
_ONE_CLICK: Final = "One-Click"
_AGAIN_SECONDS: Final = 60


def routes(engine: Engine, tokens: Tokens, *, clock: Clock = utc_now) -> list[Route]:
    """Return the endpoint; a link's token is the last part of its path, wherever a proxy has put the rest."""
    answer = partial(_answer, engine=engine, tokens=tokens, clock=clock)
    return [Route("/{rest:path}", _endpoint(answer), methods=["GET", "HEAD", "POST"])]


def _endpoint(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await answer(request)

    return endpoint


async def _answer(request: Request, *, engine: Engine, tokens: Tokens, clock: Clock) -> Response:
    try:
        leaving = tokens.read(request.url.path.rpartition("/")[2], clock())
    except Expired:
        return pages.problem(410, "This link is too old", "Nothing was changed. Newer mails have a link that works.")
    except BadToken:
        return pages.problem(404, "This link is not valid", "Nothing was changed. Was all of it copied?")
    if request.method != "POST":
        return pages.question(leaving.category)
    try:
        body = await body_of(request, most=MOST_OCTETS)
    except TooMuch:
        return pages.problem(413, "That was too much", "Nothing was changed.")
    if not _is_click(request.headers.get("content-type", ""), body):
        return pages.problem(400, "That was no click", f"Nothing was changed: {_FIELD}={_ONE_CLICK} was not sent.")
    return await _left(engine, leaving)


async def _left(engine: Engine, leaving: Leaving) -> HTMLResponse:
    try:
        await asyncio.to_thread(leave, engine, leaving)
    except SQLAlchemyError as error:
        emit("unsubscribe.failed", error=error)
        answer = pages.problem(503, "Not now", "Nothing was changed yet. Please try again in a minute.")
        answer.headers["Retry-After"] = str(_AGAIN_SECONDS)
        return answer
    emit("unsubscribe.done", category=leaving.category, target=leaving.target)
    return pages.done(leaving.category)


def _is_click(content_type: str, body: bytes) -> bool:
    """Say whether the form that was sent has the one field that says so; both ways to send a form are in use."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return parse_qs(body.decode("latin-1")).get(_FIELD) == [_ONE_CLICK]
    if kind != "multipart/form-data" or not content_type.isprintable():
        return False
    form = message_from_bytes(b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body)
    if not form.is_multipart():
        return False
    return any(
        part.get_param("name", header="content-disposition") == _FIELD
        and part.get_payload(decode=True) == _ONE_CLICK.encode()
        for part in form.walk()
    )
