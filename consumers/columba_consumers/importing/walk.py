"""The walk through the old tables: row by row, a page at a time."""

from collections.abc import Iterator, Sequence

from columba_consumers.importing.importer import Source, Step
from columba_consumers.importing.item import Bad, Item, Place
from columba_consumers.importing.old_tables import OF_A_ROW, Unreadable


def walk(source: Source, steps: Sequence[Step]) -> Iterator[Sequence[Item]]:
    """Yield what there is to take over, some at a time; a row that cannot be read is bad, and stops nothing."""
    source.tables.require(*(step.table for step in steps))
    for step in steps:
        for page in source.tables.pages(step.table, key=step.key):
            found: list[Item] = []
            for row in page:
                if isinstance(row, Unreadable):
                    found.append(_bad(step, row.key, row.error))
                    continue
                try:
                    found.extend(step.read(row))
                except OF_A_ROW as error:
                    found.append(_bad(step, row[step.key], error))
            yield found


def _bad(step: Step, row: object, error: Exception) -> Bad:
    return Bad(place=Place(table=step.table, row=row), reason=f"{type(error).__name__}: {error}")
