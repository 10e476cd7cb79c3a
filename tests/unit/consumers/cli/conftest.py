"""Commands run in this process, with settings and a folder of the test alone."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from columba_consumers.cli.program import program

Columba = Callable[..., Result]


@pytest.fixture
def columba(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Columba]:
    """A function that runs a command and returns what came of it."""
    monkeypatch.chdir(tmp_path)
    logger = logging.getLogger("columba")
    before = (list(logger.handlers), logger.propagate, logger.level)

    def run(*arguments: str, **settings: str) -> Result:
        return CliRunner().invoke(program, arguments, env=settings)

    yield run
    logger.handlers[:], logger.propagate = before[:2]
    logger.setLevel(before[2])
