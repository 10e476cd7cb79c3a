"""How the latest messages read that nobody could read."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from columba_consumers.cli.screen import note
from columba_consumers.cli.words import relative

if TYPE_CHECKING:
    from columba_shared.log.counting import Malformed


def tell_unreadable(messages: "Sequence[Malformed]", now: datetime) -> None:
    """Say on standard error which there are, if there are any."""
    if messages:
        note("\nMessages that could not be read, the latest:")
        for message in messages:
            note(f"  {relative(message.seen_at, now)}, {message.target}: {message.reason}")
