"""What a container's health check is told."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from columba_consumers.process.alive import STALE_SECONDS, is_alive, shown_alive
from columba_shared.errors import InvalidSetting

SOON = 0.001


class Health:
    """Gives its answers one after the other, the last for ever, and counts how often it was asked."""

    def __init__(self, answers: Sequence[bool]) -> None:
        self._answers = answers
        self._asked = 0
        self._heard = asyncio.Semaphore(0)

    def __call__(self) -> bool:
        """Answer."""
        answer = self._answers[min(self._asked, len(self._answers) - 1)]
        self._asked += 1
        self._heard.release()
        return answer

    async def asked(self, times: int) -> None:
        """Wait for questions; when the next is asked, what the one before led to is done."""
        async with asyncio.timeout(5):
            for _ in range(times):
                await self._heard.acquire()


def age(file: Path) -> None:
    os.utime(file, (0, 0))


def fresh(file: Path) -> bool:
    return file.stat().st_mtime > 0


def check(file: Path | None) -> int:
    environment = {"PATH": os.environ["PATH"]} | ({"COLUMBA_ALIVE_FILE": str(file)} if file else {})
    command = [sys.executable, "-m", "columba_consumers.process.alive"]
    return subprocess.run(command, env=environment, check=False, capture_output=True).returncode  # noqa: S603 - ourselves


async def test_the_file_is_there_as_soon_as_the_process_works(tmp_path: Path) -> None:
    async with shown_alive(tmp_path / "alive", lambda: True):
        assert is_alive(tmp_path / "alive")


async def test_a_healthy_process_renews_the_file(tmp_path: Path) -> None:
    file, health = tmp_path / "alive", Health([True])
    async with shown_alive(file, health, every_seconds=SOON):
        age(file)
        await health.asked(2)
        assert fresh(file)


async def test_an_unhealthy_process_lets_the_file_grow_old(tmp_path: Path) -> None:
    file, health = tmp_path / "alive", Health([False])
    async with shown_alive(file, health, every_seconds=SOON):
        age(file)
        await health.asked(2)
        assert not fresh(file)


async def test_a_process_that_recovers_renews_the_file_again(tmp_path: Path) -> None:
    file, health = tmp_path / "alive", Health([False, False, True])
    async with shown_alive(file, health, every_seconds=SOON):
        age(file)
        await health.asked(4)
        assert fresh(file)


async def test_a_process_that_has_ended_is_not_alive(tmp_path: Path) -> None:
    async with shown_alive(tmp_path / "alive", lambda: True):
        pass
    assert not is_alive(tmp_path / "alive")


async def test_a_file_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="COLUMBA_ALIVE_FILE"):
        async with shown_alive(tmp_path / "absent" / "alive", lambda: True):
            pass


def test_a_file_that_was_not_renewed_for_long_is_no_sign_of_life(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    file.touch()
    age(file)
    assert is_alive(file, now=lambda: STALE_SECONDS - 1)
    assert not is_alive(file, now=lambda: STALE_SECONDS)


@pytest.mark.slow
def test_the_health_check_succeeds_on_a_fresh_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "alive"
    assert check(file) == 1
    file.touch()
    assert check(file) == 0
    age(file)
    assert check(file) == 1


@pytest.mark.slow
def test_the_health_check_fails_where_nothing_was_set() -> None:
    assert check(None) == 1
