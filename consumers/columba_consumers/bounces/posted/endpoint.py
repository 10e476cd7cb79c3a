"""The endpoint that providers post bounces and complaints to: what is answered with 200 is committed."""

import asyncio
from dataclasses import dataclass
from typing import Final

from columba_shared.clock import Clock, utc_now
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from columba_consumers.bounces.intake import Intake, Taken
from columba_consumers.bounces.part import MOST_OCTETS as MOST_OF_A_MAIL
from columba_consumers.bounces.posted.provider import Provider
from columba_consumers.bounces.posted.providers import Providers
from columba_consumers.posting.post import Post
from columba_consumers.posting.taking import answer, post_of, posted_to

MOST_OCTETS: Final = 1024 * 1024
MOST_OF_A_RELAY: Final = 32 * 1024 * 1024
"""A mail that came back may have all of what it returns in it; only its beginning is kept and read."""
_TOGETHER: Final = 100
_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Answers posts to `/bounces/<provider>`."""

    providers: Providers
    intake: Intake
    clock: Clock = utc_now

    def routes(self) -> list[Route]:
        """Return where it is found."""
        return [posted_to("/bounces", self._take, at_once=_AT_ONCE)]

    async def _take(self, name: str, request: Request) -> Response:
        provider = self.providers.get(name)
        if provider is None:
            return answer(404, "There is no such webhook here: its secret, key or topics are not set.")
        most, kept = (MOST_OF_A_RELAY, MOST_OF_A_MAIL) if name == "relay" else (MOST_OCTETS, MOST_OCTETS)
        post = await post_of(request, most=most, kept=kept, clock=self.clock)
        new = await asyncio.to_thread(self._take_in, provider, post)
        return answer(200, f"Taken in: {new} new.")

    def _take_in(self, provider: Provider, post: Post) -> int:
        """Take in what it says; return how much of it was new."""
        reports = provider.reports(post)
        taken: list[Taken] = []
        for start in range(0, len(reports), _TOGETHER):
            taken += self.intake.take_reports(reports[start : start + _TOGETHER])
        return sum(len(each.bounces) for each in taken)
