"""A process that stops in the middle of a transaction, frozen or cut off: what it has locked is soon let go of."""

from collections.abc import Iterator

import pytest
from columba_shared.log import engine as engines
from columba_shared.log.engine import connect
from columba_shared.log.writer import Writer
from sqlalchemy import Connection, Engine

from tests.contract.log.entries import claim_of, delivery_of


@pytest.fixture
def stalled(log: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A process's transaction in which it is going to stop, with little patience for it."""
    monkeypatch.setattr(engines, "STALLED_SECONDS", 3)
    engine = connect(log.url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        connection.begin()
        yield connection
        connection.invalidate()
    engine.dispose()


@pytest.mark.parametrize("database", ["postgres", "mariadb"], indirect=True)
def test_a_copy_of_what_a_stalled_process_was_claiming_can_soon_be_claimed(
    log: Engine, writer: Writer, stalled: Connection
) -> None:
    entry = delivery_of()
    assert writer.claim(stalled, [claim_of(entry)]) == {}
    with log.begin() as ours:
        ours.exec_driver_sql(_WAIT_AT_MOST[log.dialect.name])
        assert writer.claim(ours, [claim_of(entry)]) == {}


_WAIT_AT_MOST = {
    "postgresql": "SET LOCAL lock_timeout = '30s'",
    "mysql": "SET SESSION innodb_lock_wait_timeout = 30",
    "mariadb": "SET SESSION innodb_lock_wait_timeout = 30",
}
