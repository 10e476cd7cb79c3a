"""Many writers of one SQLite file: each gets its turn, and whoever cannot have one is told in time."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest
from columba_shared.log.engine import connect
from columba_shared.log.turns import Writer, line_of
from sqlalchemy import Engine, make_url, text

THREADS = 30
SECONDS = 1.5
OTHER = -1


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A file with one table."""
    url = f"sqlite:///{tmp_path}/turns.db"
    with connect(url).begin() as connection:
        connection.execute(text("CREATE TABLE done (who INTEGER)"))
    return url


def write(url: str, who: int, begin: Callable[[], object]) -> None:
    """Write one row after the other, for a while from when it has connected and ``begin`` returns."""
    engine = connect(url)
    with engine.connect():
        begin()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        write_one(engine, who)


def write_one(engine: Engine, who: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO done VALUES (:who)"), {"who": who})


@contextmanager
def many_threads(url: str) -> Iterator[None]:
    """Write from many threads, which begin together as the context does."""
    together = Barrier(THREADS + 1, timeout=60)
    with ThreadPoolExecutor(THREADS) as pool:
        threads = [pool.submit(write, url, who, together.wait) for who in range(THREADS)]
        together.wait()
        yield
        for thread in threads:
            thread.result()


def turns(url: str) -> dict[int, int]:
    """Return how many rows each has written."""
    with connect(url).connect() as connection:
        rows = connection.execute(text("SELECT who, count(*) AS turns FROM done GROUP BY who")).all()
    return {row.who: row.turns for row in rows}


def test_among_many_threads_each_gets_its_share(url: str) -> None:
    with many_threads(url):
        pass
    shares = turns(url)
    assert set(shares) == set(range(THREADS))
    assert min(shares.values()) >= sum(shares.values()) / THREADS / 4


def test_another_process_gets_its_share_beside_busy_threads(url: str) -> None:
    program = (
        "import sys\n"
        "from tests.contract.log.test_turns import write\n"
        f"write({url!r}, {OTHER}, lambda: (print('ready', flush=True), sys.stdin.readline()))\n"
    )
    with subprocess.Popen(  # noqa: S603 - our own statement
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        with many_threads(url):
            other.communicate("now\n")
    shares = turns(url)
    assert shares.pop(OTHER) >= sum(shares.values()) / THREADS / 4


def test_who_cannot_have_the_lock_in_time_is_told(url: str, tmp_path: Path) -> None:
    with connect(url).begin() as holder:
        holder.execute(text("INSERT INTO done VALUES (1)"))
        refused = sqlite3.connect(tmp_path / "turns.db", factory=Writer, timeout=60)
        begun = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            refused.take_turn(patience_seconds=0.2)
        assert 0.2 <= time.monotonic() - begun < 30
        refused.close()


def test_what_sqlite_refuses_for_another_reason_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is no database, and long enough for that to be noticed " * 20)
    with pytest.raises(Exception, match="not a database"), connect(f"sqlite:///{tmp_path}/text.db").begin():
        pass


def test_a_forked_child_does_not_stand_in_its_parents_line(url: str) -> None:
    parents = line_of(make_url(url).database or "")
    with parents.first:
        child = os.fork()
        if child == 0:
            try:
                write_one(connect(url), OTHER)
            finally:
                os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert turns(url)[OTHER]
