"""Which deliveries a decision fits, before it is asked for once more: as they were looked at, and as they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from columba_consumers.desk.deliveries import Line, named
from columba_consumers.desk.ruling import RETRIED_AT_ONCE, Ruling
from columba_consumers.desk.seen import is_still, meant_by


@dataclass(slots=True, kw_only=True)
class Fitting:
    """Those that it fits, and the others by what is against it."""

    fit: list[Line] = field(default_factory=list)
    otherwise: list[Line] = field(default_factory=list)
    """In a state in which that cannot be decided."""
    changed: list[Line] = field(default_factory=list)
    """Not as somebody looked at them: what they decided about is no more."""
    beyond: Sequence[Line] = ()
    """More than it may be decided about at once."""
    gone: int = 0
    """So many are not in the log any more."""


def fit(connection: Connection, ruling: Ruling, keys: Iterable[str], *, now: datetime) -> Fitting:
    """Sort the deliveries with these keys; raises Unfitting."""
    meant = {each.delivery_id: each for each in map(meant_by, keys)}
    found = Fitting()
    lines = named(connection, list(meant), now=now)
    for line in lines:
        if ruling not in line.rulings:
            found.otherwise.append(line)
        elif not is_still(line.delivery, meant[line.delivery.id]):
            found.changed.append(line)
        else:
            found.fit.append(line)
    found.gone = len(meant) - len(lines)
    if ruling is Ruling.RETRY:
        found.fit, found.beyond = found.fit[:RETRIED_AT_ONCE], found.fit[RETRIED_AT_ONCE:]
    return found
