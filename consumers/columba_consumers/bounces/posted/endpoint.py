"""The endpoint that providers post to: what is answered with 200 is committed, and anything else changed nothing."""

import asyncio
from dataclasses import dataclass
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.telemetry import emit
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from columba_consumers.bounces.intake import Intake, Taken
from columba_consumers.bounces.part import MOST_OCTETS as MOST_OF_A_MAIL
from columba_consumers.bounces.posted.answers import TooMuch, answer, body_of, tell
from columba_consumers.bounces.posted.post import NotNow, Post, Provider, Refusal
from columba_consumers.bounces.posted.providers import Providers

MOST_OCTETS: Final = 1024 * 1024
MOST_OF_A_RELAY: Final = 32 * 1024 * 1024
"""A mail that came back may have all of what it returns in it; only its beginning is kept and read."""
_TOGETHER: Final = 100
_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Answers posts to `/bounces/<provider>`. No more than so many bodies are in memory at once; the rest wait."""

    providers: Providers
    intake: Intake
    clock: Clock = utc_now

    def routes(self) -> list[Route]:
        """Return where it is found."""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def endpoint(request: Request) -> Response:
            async with turns:
                return await self._answer(request)

        return [Route("/bounces/{provider}", endpoint, methods=["POST"])]

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["provider"]
        provider = self.providers.get(name)
        if provider is None:
            return answer(404, "There is no such webhook here: its secret, key or topics are not set.")
        try:
            most, kept = (MOST_OF_A_RELAY, MOST_OF_A_MAIL) if name == "relay" else (MOST_OCTETS, MOST_OCTETS)
            body = await body_of(request, most=most, kept=kept)
        except TooMuch:
            return answer(413, "That was too much, or too slow.")
        post = Post(headers={key.lower(): value for key, value in request.headers.items()}, body=body, at=self.clock())
        try:
            new = await asyncio.to_thread(self._take, provider, post)
        except Refusal as refusal:
            tell(name, refusal)
            return answer(refusal.status, str(refusal))
        except SQLAlchemyError as error:
            emit("webhook.failed", provider=name, error=error)
            return answer(NotNow.status, "Not now: the log cannot be written.")
        return answer(200, f"Taken in: {new} new.")

    def _take(self, provider: Provider, post: Post) -> int:
        """Take in what it says; return how much of it was new."""
        reports = provider.reports(post)
        taken: list[Taken] = []
        for start in range(0, len(reports), _TOGETHER):
            taken += self.intake.take_reports(reports[start : start + _TOGETHER])
        return sum(len(each.bounces) for each in taken)
