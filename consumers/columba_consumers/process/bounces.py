"""`columba bounce --follow`: takes in what comes into a Maildir, until a signal asks to stop."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.bounces import Intake
from columba_consumers.bounces.mailbox import Mailbox
from columba_consumers.process.alive import shown_alive
from columba_consumers.process.session import run_until
from columba_consumers.process.signals import stop_on_signals
from columba_consumers.rounds import Rounds

ROLE: Final = "bounces"
_EVERY_SECONDS: Final = 2.0


async def bounces(settings: Settings, engine: Engine, folder: Path) -> None:
    """Look every few seconds; while the database is away, mails stay where they are."""
    rounds = looking(Mailbox(folder=folder), Intake.from_settings(settings, engine))
    async with stop_on_signals(ROLE) as stop:
        stop.started(folder=folder)
        async with shown_alive(settings.alive_file, lambda: rounds.healthy):
            await run_until(stop, [rounds])


def looking(mailbox: Mailbox, intake: Intake, *, monotonic: Callable[[], float] = time.monotonic) -> Rounds:
    """Return the rounds in which all that is new is taken in, and each mail counts as progress."""

    async def look() -> float:
        await asyncio.to_thread(mailbox.take_in, intake, stopping=lambda: rounds.stopping, progress=rounds.progress)
        return _EVERY_SECONDS

    rounds = Rounds(ROLE, look, monotonic=monotonic)
    return rounds
