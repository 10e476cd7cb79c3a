"""Whoever asks whether the web server is well is told of a log that is away, and cannot keep it busy by asking."""

import asyncio
import socket

from columba_consumers.process.readiness import Readiness
from columba_shared.log.engine import connect
from sqlalchemy import Engine
from sqlalchemy import event as hooks
from starlette.requests import Request

ASKED = Request({"type": "http", "method": "GET", "path": "/health", "headers": []})


async def status(readiness: Readiness) -> int:
    return (await readiness.answer(ASKED)).status_code


async def test_it_is_well_while_the_log_answers(log: Engine) -> None:
    assert await status(Readiness(engine=log, patience_seconds=60)) == 200


async def test_it_is_not_while_nobody_takes_a_connection_or_there_is_no_log() -> None:
    for url in ("postgresql+psycopg://nobody@127.0.0.1:1/none", "sqlite://"):
        engine = connect(url)
        assert await status(Readiness(engine=engine)) == 503
        engine.dispose()


async def test_a_server_that_hangs_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = connect(f"postgresql+psycopg://nobody@127.0.0.1:{silent.getsockname()[1]}/none")
        readiness = Readiness(engine=engine, patience_seconds=0.05)
        assert [await status(readiness) for _ in range(3)] == [503, 503, 503]
    engine.dispose()


async def test_however_many_ask_the_log_is_asked_once_in_a_while(log: Engine) -> None:
    asked: list[int] = []
    now = [1000.0]
    engine = connect(log.url.render_as_string(hide_password=False))
    hooks.listen(engine, "before_cursor_execute", lambda *said: asked.extend([1] * said[2].count("FROM columba_line")))
    readiness = Readiness(engine=engine, patience_seconds=60, monotonic=lambda: now[0])
    assert set(await asyncio.gather(*(status(readiness) for _ in range(20)))) == {200}
    assert len(asked) == 1
    now[0] += 2
    assert await status(readiness) == 200
    assert len(asked) == 2
    engine.dispose()
