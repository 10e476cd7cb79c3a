"""Whether a web server can do what it is there for: what people click and providers post goes into the log."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from columba_shared.log.engine import reading
from columba_shared.log.tables import line
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

HOLDS_SECONDS: Final = 1.0
"""So long an answer of the log's holds, however many ask."""
PATIENCE_SECONDS: Final = 3.0


@dataclass(slots=True, kw_only=True)
class Readiness:
    """Asks the log once for all who want to know at the same time: anybody may ask this, as often as they like."""

    engine: Engine
    patience_seconds: float = PATIENCE_SECONDS
    monotonic: Callable[[], float] = time.monotonic
    _asked: "asyncio.Task[bool] | None" = field(default=None, init=False)
    _asked_at: float = field(default=0.0, init=False)

    async def answer(self, request: Request) -> Response:
        """Say ok, or what is missing, so that a proxy can send its requests elsewhere."""
        del request
        if await self.has_log():
            return PlainTextResponse("ok\n")
        return PlainTextResponse("the log does not answer\n", status_code=503)

    async def has_log(self) -> bool:
        """Say whether the log answers within the patience."""
        if self._asked is None or (self._asked.done() and self.monotonic() - self._asked_at >= HOLDS_SECONDS):
            self._asked, self._asked_at = asyncio.create_task(asyncio.to_thread(self._answers)), self.monotonic()
        done, _ = await asyncio.wait({self._asked}, timeout=self.patience_seconds)
        return bool(done) and self._asked.result()

    def _answers(self) -> bool:
        try:
            with reading(self.engine) as connection:
                connection.execute(select(line.c.name).limit(1))
        except SQLAlchemyError:
            return False
        return True
