"""Only what may pass is waited for: the rest would be tried for ever."""

import pytest
from columba_consumers.journal.patience import passes
from columba_shared.log.engine import connect
from sqlalchemy.exc import OperationalError

TOO_MANY = 65_536


def test_a_statement_with_more_values_than_can_be_sent_does_not_pass_by_waiting(postgres_log_url: str) -> None:
    engine = connect(postgres_log_url)
    with engine.connect() as connection, pytest.raises(OperationalError) as refused:
        connection.exec_driver_sql(f"SELECT 1 WHERE 1 IN ({', '.join(['%s'] * TOO_MANY)})", (1,) * TOO_MANY)
    assert not passes(refused.value)
    engine.dispose()


def test_a_lock_that_another_holds_passes(postgres_log_url: str) -> None:
    engine = connect(postgres_log_url)
    with engine.begin() as one, engine.begin() as other:
        one.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")
        other.exec_driver_sql("SET LOCAL lock_timeout = '10ms'")
        with pytest.raises(OperationalError) as refused:
            other.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")
        assert passes(refused.value)
    engine.dispose()
