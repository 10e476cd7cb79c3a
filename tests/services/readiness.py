"""Waiting for a server that was just started."""

from collections.abc import Callable
from datetime import timedelta

from tests.services.deadlines import wait_until
from tests.services.errors import ServerFailed
from tests.services.process import Process


def await_ready(process: Process, answers: Callable[[], bool], *, within: timedelta) -> None:
    """Return once the server answers. Raises ServerFailed, with its last words, if it ends or stays silent instead."""

    def settled() -> bool:
        if process.pid() is None:
            raise ServerFailed(f"{process.name} ended while starting:\n{process.last_words()}")
        try:
            return answers()
        except OSError:
            return False

    try:
        wait_until(settled, within=within)
    except TimeoutError as error:
        raise ServerFailed(
            f"{process.name} did not answer within {within.total_seconds():g} s:\n{process.last_words()}"
        ) from error
