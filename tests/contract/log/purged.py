"""Purges as tests make them: at once, and as they were foretold."""

from datetime import timedelta

from columba_shared.log.engine import reading
from columba_shared.log.purging import Forecast, Purge, Purged, Stride, purge, would_purge
from sqlalchemy import Engine

from tests.contract.log.entries import NOW

SOON = NOW + timedelta(seconds=1)
AFTERWARDS = NOW + timedelta(days=1)


class Steady(Stride):
    """Takes the same number of rows each time, and rests not."""

    def rest(self, seconds: float) -> float:
        """Return no time."""
        return 0 * seconds


def gone(log: Engine, wanted: Purge, rows: int = 1000) -> Purged:
    """Purge it all, having counted it first; both must agree."""
    with reading(log) as connection:
        counted = would_purge(connection, wanted)
    *_, done = purge(log, wanted, stride=Steady(rows=rows), sleep=lambda _: None)
    assert Forecast(purged=done, about=False) == counted
    return done
