"""The endpoint that providers post receipts to: what is answered with 204 is committed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from columba_shared.clock import Clock, utc_now
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from columba_consumers.posting.taking import answer, post_of, posted_to
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
        return [posted_to("/receipts", self._take, at_once=_AT_ONCE)]

    async def _take(self, name: str, request: Request) -> Response:
        reader = self.readers.get(name)
        if reader is None:
            return answer(404, "Nobody's receipts are taken here: COLUMBA_SMS_RECEIPTS is not set.")
        post = await post_of(request, most=_MOST_OCTETS, clock=self.clock)
        await self.early.take_in(reader.words(post, request.url.query))
        return Response(status_code=204)
