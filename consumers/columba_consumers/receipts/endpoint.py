"""The endpoint that providers post receipts to: what is answered with 204 is committed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.telemetry import emit
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from columba_consumers.bounces.posted.answers import TooMuch, answer, body_of, tell
from columba_consumers.bounces.posted.post import NotNow, Post, Refusal
from columba_consumers.receipts.early import EarlyWords
from columba_consumers.receipts.posted import Reader

_MOST_OCTETS: Final = 64 * 1024
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptEndpoint:
    """Answers posts to `/receipts/<provider>`."""

    readers: Mapping[str, Reader]
    early: EarlyWords
    clock: Clock = utc_now

    def routes(self) -> list[Route]:
        """Return where it is found."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def endpoint(request: Request) -> Response:
            async with turns:
                return await self._answer(request)

        return [Route("/receipts/{provider}", endpoint, methods=["POST"])]

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["provider"]
        reader = self.readers.get(name)
        if reader is None:
            return answer(404, "Nobody's receipts are taken here: COLUMBA_SMS_RECEIPTS is not set.")
        try:
            body = await body_of(request, most=_MOST_OCTETS)
        except TooMuch:
            return answer(413, "That was too much, or too slow.")
        post = Post(headers={key.lower(): value for key, value in request.headers.items()}, body=body, at=self.clock())
        try:
            words = reader.words(post, request.url.query)
            await self.early.take_in(words)
        except Refusal as refusal:
            tell(name, refusal)
            return answer(refusal.status, str(refusal))
        except SQLAlchemyError as error:
            emit("webhook.failed", provider=name, error=error)
            return answer(NotNow.status, "Not now: the log cannot be written.")
        return Response(status_code=204)
