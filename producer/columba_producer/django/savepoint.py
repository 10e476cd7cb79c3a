"""A part of the transaction that is open which fails alone."""

from contextlib import AbstractContextManager, nullcontext

from django.db import connections, transaction


def savepoint(alias: str) -> AbstractContextManager[None]:
    """Return what undoes its part when that fails; where no transaction is open, one of its own.

    On SQLite without autocommit there is none, since leaving it would commit what the app has written; a statement that
    fails undoes itself there.
    """
    connection = connections[alias]
    connection.ensure_connection()
    if connection.vendor == "sqlite" and not connection.autocommit and not connection.in_atomic_block:
        return nullcontext()
    atomic: AbstractContextManager[None] = transaction.atomic(using=alias)
    return atomic
