"""Many writers of one SQLite file: each gets its turn, and whoever cannot have one is told in time."""

import os
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from columba_shared.log import turns
from columba_shared.log.engine import connect
from columba_shared.log.turns import Writer
from sqlalchemy import Engine, make_url, text

THREADS = 30
SECONDS = 1.5


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A file with one table."""
    url = f"sqlite:///{tmp_path}/turns.db"
    with connect(url).begin() as connection:
        connection.execute(text("CREATE TABLE done (who INTEGER)"))
    return url


def longest_wait(engine: Engine, who: int, until: float) -> float:
    """Write one row after the other; return how long the slowest took."""
    longest = 0.0
    while (begun := time.monotonic()) < until:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO done VALUES (:who)"), {"who": who})
        longest = max(longest, time.monotonic() - begun)
    return longest


def test_among_many_threads_nobody_waits_for_long(url: str) -> None:
    engines = [connect(url) for _ in range(THREADS)]
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(THREADS) as pool:
        waits = list(pool.map(lambda who: longest_wait(engines[who], who, until), range(THREADS)))
    with engines[0].connect() as connection:
        rows = connection.execute(text("SELECT who, count(*) AS turns FROM done GROUP BY who")).all()
    assert {row.who for row in rows} == set(range(THREADS))
    assert min(row.turns for row in rows) > max(row.turns for row in rows) / 4
    assert max(waits) < SECONDS / 2


def test_another_process_gets_its_turn_beside_busy_threads(url: str) -> None:
    program = (
        "import sys, time\n"
        "from tests.contract.log.test_turns import connect, longest_wait\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        f"print(longest_wait(connect({url!r}), -1, time.monotonic() + {SECONDS / 2}))\n"
    )
    engines = [connect(url) for _ in range(THREADS)]
    with subprocess.Popen(  # noqa: S603 - our own statement
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        until = time.monotonic() + SECONDS
        with ThreadPoolExecutor(THREADS) as pool:
            threads = [pool.submit(longest_wait, engine, who, until) for who, engine in enumerate(engines)]
            waited, _ = other.communicate("now\n")
            assert max(thread.result() for thread in threads) < SECONDS / 2
    assert float(waited) < SECONDS / 4
    with engines[0].connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM done WHERE who = -1"))


def test_who_cannot_have_the_lock_in_time_is_told(url: str, tmp_path: Path) -> None:
    with connect(url).begin() as holder:
        holder.execute(text("INSERT INTO done VALUES (1)"))
        refused = sqlite3.connect(tmp_path / "turns.db", factory=Writer)
        begun = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            refused.take_turn(patience_seconds=0.2)
        assert 0.2 <= time.monotonic() - begun < 2
        refused.close()


def test_what_sqlite_refuses_for_another_reason_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is no database, and long enough for that to be noticed " * 20)
    with pytest.raises(Exception, match="not a database"), connect(f"sqlite:///{tmp_path}/text.db").begin():
        pass


def test_a_forked_child_does_not_stand_in_its_parents_line(url: str) -> None:
    parents = turns.line_of(make_url(url).database or "")
    with parents.first:
        child = os.fork()
        if child == 0:
            try:
                longest_wait(connect(url), 3, time.monotonic() + SECONDS)
            finally:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with connect(url).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM done WHERE who = 3"))
