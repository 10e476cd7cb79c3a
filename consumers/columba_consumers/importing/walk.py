"""The walk through the old tables: row by row, a page at a time."""

from collections.abc import Iterator, Sequence
from typing import Final

from columba_consumers.importing.importer import Source, Step
from columba_consumers.importing.item import Bad, Item, Place

_OF_A_ROW: Final = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
"""What reading a row raises that is not as it should be; whatever else happens is not the row's fault."""


def walk(source: Source, steps: Sequence[Step]) -> Iterator[Sequence[Item]]:
    """Yield what there is to take over, some at a time; a row that cannot be read is bad, and stops nothing."""
    source.tables.require(*(step.table for step in steps))
    for step in steps:
        for page in source.tables.pages(step.table, key=step.key):
            found: list[Item] = []
            for row in page:
                try:
                    found.extend(step.read(row))
                except _OF_A_ROW as error:
                    place = Place(table=step.table, row=row[step.key])
                    found.append(Bad(place=place, reason=f"{type(error).__name__}: {error}"))
            yield found
