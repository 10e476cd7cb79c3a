"""The outbox table as the log has it, made and written through a connection of Django's."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

TABLE: Final = "columba_outbox"
_TABLES: Final = {
    "sqlite": (
        "CREATE TABLE columba_outbox (id INTEGER NOT NULL, event_id CHAR(32) NOT NULL, body BLOB NOT NULL, "
        "problem VARCHAR(500), written_at DATETIME NOT NULL, CONSTRAINT pk_columba_outbox PRIMARY KEY (id))"
    ),
    "postgresql": (
        "CREATE TABLE columba_outbox (id BIGSERIAL NOT NULL, event_id UUID NOT NULL, body BYTEA NOT NULL, "
        "problem VARCHAR(500), written_at TIMESTAMP WITH TIME ZONE NOT NULL, "
        "CONSTRAINT pk_columba_outbox PRIMARY KEY (id))"
    ),
    "mysql": (
        "CREATE TABLE columba_outbox (id BIGINT NOT NULL AUTO_INCREMENT, event_id CHAR(32) NOT NULL, "
        "body LONGBLOB NOT NULL, problem VARCHAR(500) COMMENT 'why the relay set this row aside', "
        "written_at DATETIME(6) NOT NULL, CONSTRAINT pk_columba_outbox PRIMARY KEY (id)) "
        "ENGINE=InnoDB CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC COLLATE utf8mb4_bin"
    ),
}
"""By what Django calls the database; MariaDB is mysql to it."""


def table_for(vendor: str) -> str | None:
    """Return the statement that creates the outbox; None for a database on which there can be none."""
    return _TABLES.get(vendor)


def id_for(vendor: str, value: UUID) -> str:
    """Return an id as the column has it."""
    return str(value) if vendor == "postgresql" else value.hex


def moment_for(vendor: str, value: datetime) -> Any:  # noqa: ANN401 - what the database's driver takes
    """Return a moment as the column has it, whatever the project's time zone."""
    if vendor == "postgresql":
        return value
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
