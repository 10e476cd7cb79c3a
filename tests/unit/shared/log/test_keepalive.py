"""A database that is gone without a word is noticed."""

from typing import Any

import pytest
from columba_shared.log.engine import connect
from sqlalchemy import event


class Reached(Exception):
    """The driver would be called now."""


@pytest.mark.parametrize(
    ("query", "idle"),
    [("", 30), ("?keepalives_idle=7", "7")],
    ids=["without a word in the URL", "as the URL says"],
)
def test_a_quiet_connection_to_postgresql_is_asked_whether_it_lives(query: str, idle: object) -> None:
    engine = connect(f"postgresql+psycopg://nobody@127.0.0.1/nothing{query}")
    given: dict[str, Any] = {}

    def called(dialect: object, record: object, arguments: object, parameters: dict[str, Any]) -> None:
        del dialect, record, arguments
        given.update(parameters)
        raise Reached

    event.listen(engine, "do_connect", called)
    with pytest.raises(Reached):
        engine.connect()
    assert given["keepalives_idle"] == idle
    assert given["keepalives_interval"] == 10
