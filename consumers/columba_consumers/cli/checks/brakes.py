"""Brakes that are on: whoever wonders why nothing is sent is told, and of what stopped by itself somebody must know."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from columba_shared.log.brake import in_force

from columba_consumers.cli.checks.finding import Finding, note, problem
from columba_consumers.cli.extent import said

if TYPE_CHECKING:
    from sqlalchemy import Connection


def check_brakes(connection: "Connection") -> Iterator[Finding]:
    """Yield each; one that nobody pulled is a problem until somebody has decided about it."""
    for brake in in_force(connection):
        text = said(brake).removesuffix(".")
        fix = f"`columba brake off {brake.id}` ends it, with --release, --cancel or --keep; see `columba brake list`"
        yield problem("brake", text, fix=fix) if brake.automatic else note("brake", text, fix=fix)
