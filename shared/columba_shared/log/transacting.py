"""Transactions that begin anew when the database chose them to give way: of two that wait for each other, one must."""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

MOST_TRIES: Final = 8
LONGEST_PAUSE_SECONDS: Final = 0.05
_SACRIFICED: Final = frozenset({"40P01", "40001", 1213})
"""What PostgreSQL, MariaDB and MySQL say to the victim of a deadlock."""

Result = TypeVar("Result")


def transact(
    engine: Engine,
    work: Callable[[Connection], Result],
    *,
    sleep: Callable[[float], None] = time.sleep,
    chance: Callable[[], float] = random.random,
) -> Result:
    """Do the work in a transaction, and all of it once more when that gave way to another's.

    Consumers lock rows in id order, but batch after batch in one transaction: whoever wants several of their rows may
    meet them half-way.
    """
    for _ in range(MOST_TRIES - 1):
        try:
            with engine.begin() as connection:
                return work(connection)
        except DBAPIError as error:
            if not gave_way(error):
                raise
            sleep(LONGEST_PAUSE_SECONDS * chance())
    with engine.begin() as connection:
        return work(connection)


def gave_way(error: DBAPIError) -> bool:
    """Say whether the transaction was rolled back for another's sake: nothing of it has happened."""
    said = (getattr(error.orig, "sqlstate", None), *getattr(error.orig, "args", ())[:1])
    return not _SACRIFICED.isdisjoint(each for each in said if isinstance(each, str | int))
