"""Dead addresses that a surge has held back: somebody has to say whether they are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from columba_shared.log.held_back import held_back

from columba_consumers.cli.checks.finding import Finding, problem
from columba_consumers.cli.words import counted, moment

if TYPE_CHECKING:
    from sqlalchemy import Connection


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
