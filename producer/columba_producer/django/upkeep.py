"""The outbox table has no model: what Django's tests need of those that have one is done here."""

from django.db import connections, router
from django.db.migrations.loader import MigrationLoader

from columba_producer.django.tables import TABLE, table_for
from columba_producer.django.under_test import is_under_test

_LABEL = "columba"


def after_migrate(*, using: str, **told: object) -> None:
    """Make the table where the project's tests run no migrations, and empty it where they have the others flushed.

    Both are told by one signal; of the two, `migrate` alone tells its ``plan``. Elsewhere nothing is ever emptied: what
    waits in the outbox is to be delivered, and people send this signal themselves.
    """
    connection = connections[using]
    statement = table_for(connection.vendor)
    if statement is None or not router.allow_migrate(using, _LABEL):
        return
    is_there = TABLE in connection.introspection.table_names()
    wanted: str | None = None
    if is_there and "plan" not in told and is_under_test():
        wanted = f"DELETE FROM {TABLE}"  # noqa: S608 - no value in it
    elif not is_there and MigrationLoader.migrations_module(_LABEL)[0] is None:
        wanted = statement
    if wanted is not None:
        with connection.cursor() as cursor:
            cursor.execute(wanted)
