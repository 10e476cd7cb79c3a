"""`columba web`: what unsubscribe links lead to, and what providers post to, until a signal asks to stop."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import h11
import uvicorn
from columba_shared.settings import Settings
from columba_shared.settings.unsubscribing import Place
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from columba_consumers.bounces import Intake
from columba_consumers.bounces.posted.amazon import Amazon
from columba_consumers.bounces.posted.endpoint import Endpoint
from columba_consumers.bounces.posted.providers import providers
from columba_consumers.process.alive import shown_alive
from columba_consumers.process.readiness import Readiness
from columba_consumers.process.signals import stop_on_signals
from columba_consumers.receipts import ReceiptBook
from columba_consumers.receipts.early import EarlyWords
from columba_consumers.receipts.endpoint import ReceiptEndpoint
from columba_consumers.receipts.posted import readers
from columba_consumers.unsubscribe import endpoint as unsubscribing
from columba_consumers.unsubscribe.tokens import Tokens

ROLE = "web"
_MOST_AT_ONCE: Final = 200
_HEADER_SECONDS: Final = 10.0
"""How long a header may take to come: as many as may be connected at once could else keep everybody out, silently."""


class _Impatient(H11Protocol):
    """Closes a connection on which no whole header came in time; uvicorn bounds only the wait for another one."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own does so
        """Give it time for its first request."""
        super().connection_made(transport)
        self._give_time()

    def on_response_complete(self) -> None:
        """Give it time for the next."""
        super().on_response_complete()
        self._give_time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def _give_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late = self.loop.call_later(_HEADER_SECONDS, self._close_if_late)

    def _close_if_late(self) -> None:
        """Close it while its header is still to come; how long a body may take is its endpoint's affair."""
        if self.conn.their_state is h11.IDLE:
            self.transport.close()


class _Server(uvicorn.Server):
    """Leaves signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def web(settings: Settings, engine: Engine, *, amazon: Amazon | None = None) -> None:
    """Serve; raises OSError when nobody may listen there, InvalidSetting for a webhook that lacks a library.

    What Amazon SNS sends is checked with what ``amazon`` gives.
    """
    early = EarlyWords(ReceiptBook.from_settings(settings, engine))
    application = _application(settings, engine, amazon, early)
    async with stop_on_signals(ROLE) as stop:
        with _listening(settings.web_listen) as listener:
            server = _Server(_config(settings, application))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            stop.started(host=settings.web_listen.host, port=listener.getsockname()[1])
            stopping = asyncio.create_task(stop.wait())
            async with shown_alive(settings.alive_file, lambda: server.started):
                await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            server.should_exit = True
            stopping.cancel()
            await serving
            await early.close()


def _listening(place: Place) -> socket.socket:
    family = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((place.host, place.port), family=family)


def _application(settings: Settings, engine: Engine, amazon: Amazon | None, early: EarlyWords) -> Starlette:
    posted = Endpoint(providers=providers(settings, amazon), intake=Intake.from_settings(settings, engine))
    receipts = ReceiptEndpoint(readers=readers(settings), early=early)
    links = unsubscribing.routes(engine, Tokens(settings.unsubscribe_keys))
    health = Route("/health", Readiness(engine=engine).answer, methods=["GET"])
    return Starlette(routes=[health, *posted.routes(), *receipts.routes(), *links])


def _config(settings: Settings, application: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=_Impatient,
        lifespan="off",
        log_config=None,
        access_log=False,  # a link's token is a key to leave with
        server_header=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=round(settings.grace.total_seconds()),
    )
