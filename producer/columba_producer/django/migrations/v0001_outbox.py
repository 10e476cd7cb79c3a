"""The outbox, unless `columba migrate` has made it: then the project's database is the log's as well."""

from typing import Any, ClassVar

from django.db import migrations

from columba_producer.django.tables import TABLE, table_for

_OF_THE_LOG = "columba_event"


def create(apps: object, schema_editor: Any) -> None:  # noqa: ANN401 - Django has no types
    """Create the table where it is missing."""
    del apps
    connection = schema_editor.connection
    statement = table_for(connection.vendor)
    if statement is not None and TABLE not in connection.introspection.table_names():
        schema_editor.execute(statement)


def drop(apps: object, schema_editor: Any) -> None:  # noqa: ANN401 - Django has no types
    """Drop it where it is the project's alone; the log keeps its own."""
    del apps
    tables = schema_editor.connection.introspection.table_names()
    if TABLE in tables and _OF_THE_LOG not in tables:
        schema_editor.execute(f"DROP TABLE {TABLE}")


class Migration(migrations.Migration):
    """Makes the table as the log has it; there is no model of it, since the relay empties it and nobody reads it."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar[list[Any]] = [migrations.RunPython(create, drop, atomic=False)]
