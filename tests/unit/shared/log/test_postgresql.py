"""The statements spell states out; they must be the states that the rest of the code means."""

import re

from columba_shared.log import postgresql
from columba_shared.log.tables import attempt, delivery, event
from columba_shared.state import CLAIMABLE
from sqlalchemy import Table, TextClause


def inserted(statement: TextClause, table: Table) -> set[str]:
    """Return the columns that a statement fills."""
    found = re.search(rf"INSERT INTO {table.name}(?: AS known)?\s+\(([^)]*)\)", statement.text)
    assert found is not None
    return {name.strip() for name in found[1].split(",")}


def test_claims_take_exactly_the_claimable_states() -> None:
    found = re.search(r"known\.state IN \(([^)]*)\)", postgresql.CLAIM.text)
    assert found is not None
    assert set(re.findall(r"'(\w+)'", found[1])) == {state.value for state in CLAIMABLE}


def test_every_insert_fills_every_column() -> None:
    for statement, table in (
        (postgresql.INSERT_EVENTS, event),
        (postgresql.INSERT_DELIVERIES, delivery),
        (postgresql.CLAIM, delivery),
        (postgresql.INSERT_ATTEMPTS, attempt),
        (postgresql.SETTLE, attempt),
    ):
        assert inserted(statement, table) == set(table.c.keys())


def test_nothing_is_cast_to_a_length_that_would_cut_it_short() -> None:
    for statement in vars(postgresql).values():
        if isinstance(statement, TextClause):
            assert "varchar" not in statement.text
