"""How PostgreSQL goes about the statements of every delivery: by their ids, whatever the log has grown to."""

import json

import pytest
from columba_shared.log.engine import connect
from columba_shared.log.postgresql import CLAIM, SETTLE
from sqlalchemy import Engine, TextClause, text

from tests.system.masses import fill

BATCH = 20


@pytest.fixture
def grown(postgres_log_url: str) -> "Engine":
    """A log with a past, as its statistics know."""
    engine = connect(postgres_log_url)
    fill(engine, 5_000)
    return engine


@pytest.mark.parametrize("under_way", ["r1__@example.org", "nobody"], ids=["some under way", "none under way"])
@pytest.mark.parametrize("statement", [CLAIM, SETTLE], ids=["claim", "settle"])
def test_claims_and_outcomes_are_written_by_id_and_by_nothing_else(
    grown: Engine, statement: TextClause, under_way: str
) -> None:
    """An index by state is full of what was in that state once: whoever settles through it reads all of that."""
    batch = [{"id": f"{number:032x}", "state": "sent"} for number in range(BATCH)]
    sending = text("UPDATE columba_delivery SET state = 'sending' WHERE address LIKE :under_way")
    with grown.begin() as connection:
        connection.execute(sending, {"under_way": under_way})
    with grown.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE columba_delivery"))
        plan = connection.scalars(text(f"EXPLAIN {statement.text}"), {"batch": json.dumps(batch)}).all()
    grown.dispose()
    read = {line.strip() for line in plan if "ix_columba_delivery" in line or "Seq Scan on columba_delivery" in line}
    assert not read, "\n".join(plan)
