"""Whoever connects to `columba web` and does not say what they want is sent away, so that others are served."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from columba_consumers.process import web
from columba_shared.settings import Settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.services.ports import LOOPBACK

AT_ONCE = 8
GET = b"GET / HTTP/1.1\r\nHost: columba\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: columba\r\nContent-Length: 20\r\n\r\n"


class Site:
    """A page that answers what was posted to it, once it is let."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.answers.set()
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def page(self, request: Request) -> PlainTextResponse:
        """Answer."""
        body = await request.body()
        await self.answers.wait()
        return PlainTextResponse(f"{len(body)} bytes")

    async def heard(self, said: bytes) -> asyncio.StreamReader:
        """Connect, say so much, and return what is to be heard."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        self._writers.append(writer)
        writer.write(said)
        return reader

    def leave(self) -> None:
        """Close all that was opened."""
        for each in self._writers:
            each.close()


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """Serve it as `columba web` does, only less patiently."""
    monkeypatch.setattr(web, "_HEADER_SECONDS", 0.3)
    monkeypatch.setattr(web, "_MOST_AT_ONCE", AT_ONCE)
    made, settings = Site(), Settings.from_env({"COLUMBA_ENV_FILE": "", "COLUMBA_WEB_LISTEN": f"{LOOPBACK}:0"})
    application = Starlette(routes=[Route("/", made.page, methods=["GET", "POST"])])
    with web._listening(settings.web_listen) as listener:  # noqa: SLF001 - as `columba web` listens
        made.port = listener.getsockname()[1]
        config = web._config(settings, application)  # noqa: SLF001 - as above
        config.timeout_keep_alive = 60
        server = web._Server(config)  # noqa: SLF001 - as above
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield made
        made.leave()
        server.should_exit = True
        await serving


@pytest.mark.parametrize(
    ("said", "answered"),
    [(b"", b""), (GET[:-2], b""), (GET + GET[:9], b"0 bytes")],
    ids=["nothing", "half a header", "half of the next request"],
)
async def test_a_request_that_does_not_come_in_time_is_waited_for_no_longer(
    site: Site, said: bytes, answered: bytes
) -> None:
    reader = await site.heard(said)
    async with asyncio.timeout(30):  # less than uvicorn keeps an idle connection
        heard = await reader.read()
    assert heard.endswith(answered)
    assert bool(heard) is bool(answered)


async def test_as_many_silent_ones_as_may_be_there_keep_nobody_out_for_long(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_HEADER_SECONDS", 2.0)  # so that all of them are there at once
    silent = [await site.heard(b"") for _ in range(AT_ONCE)]
    assert (await (await site.heard(GET)).readline()).startswith(b"HTTP/1.1 503 ")
    async with asyncio.timeout(30):
        for each in silent:
            assert await each.read() == b""
    assert (await (await site.heard(GET)).readline()).startswith(b"HTTP/1.1 200 ")


async def test_whoever_has_said_all_waits_for_the_answer_as_long_as_it_takes(site: Site) -> None:
    site.answers.clear()
    asking, silent = await site.heard(POST + b"x" * 20), await site.heard(b"")
    async with asyncio.timeout(30):
        assert await silent.read() == b"", "so the time is over for both"
        site.answers.set()
        assert (await asking.readline()).startswith(b"HTTP/1.1 200 ")
