"""`columba bounce --follow`: takes in what comes into a Maildir, until a signal asks to stop."""

import asyncio
from pathlib import Path
from typing import Final

from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.bounces import Intake
from columba_consumers.bounces.maildir import Maildir
from columba_consumers.process.alive import shown_alive
from columba_consumers.process.session import run_until
from columba_consumers.process.signals import stop_on_signals
from columba_consumers.rounds import Rounds

ROLE: Final = "bounces"
_EVERY_SECONDS: Final = 2.0


async def bounces(settings: Settings, engine: Engine, folder: Path) -> None:
    """Look every few seconds; while the database is away, mails stay where they are."""
    maildir, intake = Maildir(folder=folder), Intake.from_settings(settings, engine)

    async def look() -> float:
        await asyncio.to_thread(maildir.take_in, intake, stopping=lambda: rounds.stopping)
        return _EVERY_SECONDS

    rounds = Rounds(ROLE, look)
    async with stop_on_signals(ROLE) as stop:
        stop.started(folder=folder)
        async with shown_alive(settings.alive_file, lambda: rounds.healthy):
            await run_until(stop, [rounds])
