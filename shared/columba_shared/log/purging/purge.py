"""The purge itself: short transactions with rests between, so that nobody else waits long."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import Connection, Engine, text

from columba_shared.log.purging.purged import Purged
from columba_shared.log.purging.removal import Removal, Taken, removals
from columba_shared.log.purging.stride import Stride
from columba_shared.log.purging.wanted import Purge
from columba_shared.log.transacting import transact


def purge(
    engine: Engine,
    wanted: Purge,
    *,
    stride: Stride | None = None,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Purged]:
    """Delete it in short transactions; yield after each how much has gone so far.

    It may be stopped at any point, by kill -9 too, and begun again: it goes on with what is left. Any number may run at
    once; rows that somebody else has locked are left to the next time.
    """
    stride, so_far = stride or Stride(), Purged()
    for removal in removals(wanted):
        place, more = None, True
        while more:
            began = monotonic()
            taken = transact(engine, partial(_take, removal, stride.rows, place))
            place, more, so_far = taken.place, taken.more, so_far + taken.gone
            yield so_far
            sleep(stride.rest(monotonic() - began))


def _take(removal: Removal, rows: int, place: object, connection: Connection) -> Taken:
    if connection.dialect.name == "postgresql":
        # What is deleted twice is deleted: nobody's commit has to wait until ours is on disk.
        connection.execute(text("SET LOCAL synchronous_commit = off"))
    return removal(connection, rows, place)
