"""`columba web`: the endpoint that unsubscribe links lead to, until a signal asks to stop."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from columba_shared.settings import Settings
from columba_shared.settings.unsubscribing import Place
from sqlalchemy import Engine

from columba_consumers.process.alive import shown_alive
from columba_consumers.process.signals import stop_on_signals
from columba_consumers.unsubscribe.endpoint import application
from columba_consumers.unsubscribe.tokens import Tokens

ROLE = "web"
_MOST_AT_ONCE: Final = 200


class _Server(uvicorn.Server):
    """Leaves signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def web(settings: Settings, engine: Engine) -> None:
    """Serve; raises OSError when nobody may listen there."""
    async with stop_on_signals(ROLE) as stop:
        with _listening(settings.web_listen) as listener:
            server = _Server(_config(settings, engine))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            stop.started(host=settings.web_listen.host, port=listener.getsockname()[1])
            stopping = asyncio.create_task(stop.wait())
            async with shown_alive(settings.alive_file, lambda: server.started):
                await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            server.should_exit = True
            stopping.cancel()
            await serving


def _listening(place: Place) -> socket.socket:
    family = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((place.host, place.port), family=family)


def _config(settings: Settings, engine: Engine) -> uvicorn.Config:
    return uvicorn.Config(
        application(engine, Tokens(settings.unsubscribe_keys)),
        lifespan="off",
        log_config=None,
        access_log=False,  # a link's token is a key to leave with
        server_header=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=round(settings.grace.total_seconds()),
    )
