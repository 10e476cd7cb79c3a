"""What comes back: which reports are believed, and dead addresses that a surge has held back for somebody to decide."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from columba_shared.log.held_back import held_back

from columba_consumers.cli.checks.finding import Finding, note, problem
from columba_consumers.cli.words import counted, moment

if TYPE_CHECKING:
    from columba_shared.settings import Settings
    from sqlalchemy import Connection


def check_trust(settings: "Settings") -> Iterator[Finding]:
    """Yield that keys sign nothing, where that is so: whoever has set them may think otherwise."""
    if settings.bounce_keys and settings.bounce_address is None:
        text = (
            "COLUMBA_BOUNCE_KEYS sign nothing without COLUMBA_BOUNCE_ADDRESS: reports are believed that name a mail by "
            "its Message-ID, and the address"
        )
        yield note("bounces", text, fix="set COLUMBA_BOUNCE_ADDRESS, or take the keys away")


def check_bounces(connection: "Connection") -> Iterator[Finding]:
    """Yield each domain at which there are some."""
    for each in held_back(connection):
        addresses = counted(each.number, "address is", "addresses are")
        text = (
            f"since {moment(each.since)} UTC {addresses} said to be dead at {each.domain or each.target}, and held back"
        )
        where = each.domain or "'*'"
        fix = f"`columba bounce --believe {where}` suppresses them, `columba bounce --dismiss {where}` does not"
        yield problem("bounces", text, fix=fix)
