"""A database of django-notification-system 1.5.3: its tables, and rows in them as it keeps them in SQLite."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

_DATED: Final = "created_date datetime NOT NULL, modified_date datetime NOT NULL, id char(32) NOT NULL PRIMARY KEY"
_TABLES: Final = f"""
CREATE TABLE notification_system_target (
    {_DATED}, name varchar(15) NOT NULL UNIQUE, notification_module_name varchar(50) NOT NULL
);
CREATE TABLE notification_system_target_user_record (
    {_DATED}, target_user_id varchar(200) NOT NULL, description varchar(200) NOT NULL, active bool NOT NULL,
    target_id char(32) NOT NULL, user_id integer NOT NULL
);
CREATE TABLE notification_system_opt_out ({_DATED}, active bool NOT NULL, user_id integer NOT NULL UNIQUE);
CREATE TABLE notification_system_notification (
    {_DATED}, title varchar(100) NOT NULL, body text NOT NULL, extra text NULL CHECK (JSON_VALID(extra)),
    status varchar(16) NOT NULL, scheduled_delivery datetime NOT NULL, attempted_delivery datetime NULL,
    retry_time_interval integer unsigned NOT NULL, retry_attempts integer unsigned NOT NULL,
    max_retries integer unsigned NOT NULL, target_user_record_id char(32) NOT NULL
);
"""
_BEGIN: Final = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """The database; what is written is there at once."""

    path: Path
    targets: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where `columba import` finds it."""
        return f"sqlite:///{self.path}"

    def record(self, user: int, module: str, address: str, *, active: bool = True) -> str:
        """Write a user's address; return its id."""
        said = {"target_user_id": address, "description": "x", "active": active, "user_id": user}
        return self._write("target_user_record", target_id=self.targets[module], **said)

    def opt_out(self, user: int, *, active: bool = True) -> None:
        """Write that somebody has opted out, or did once."""
        self._write("opt_out", user_id=user, active=active)

    def notification(self, record: str, title: str, status: str, **said: Any) -> UUID:  # noqa: ANN401 - columns
        """Write a notification; return its id."""
        values = {
            "body": f"<p>{title}</p>",
            "extra": json.dumps({}),
            "scheduled_delivery": _BEGIN,
            "attempted_delivery": None if status in {"SCHEDULED", "OPTED OUT"} else _BEGIN + timedelta(minutes=1),
            "retry_time_interval": 1440,
            "retry_attempts": 0,
            "max_retries": 3,
        }
        row = self._write("notification", target_user_record_id=record, title=title, status=status, **values | said)
        return UUID(row)

    def _write(self, table: str, **values: Any) -> str:  # noqa: ANN401 - columns
        row = {"id": uuid4().hex, "created_date": _BEGIN, "modified_date": _BEGIN} | values
        given = [str(each.replace(tzinfo=None)) if isinstance(each, datetime) else each for each in row.values()]
        places = ", ".join("?" * len(row))
        statement = f"INSERT INTO notification_system_{table} ({', '.join(row)}) VALUES ({places})"  # noqa: S608
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement, given)
        return str(row["id"])


def old_database(path: Path) -> Old:
    """Create one, with its channels and one more."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_TABLES)
    old = Old(path=path)
    for name, module in (("Twilio", "twilio"), ("Email", "email"), ("Expo", "expo"), ("Pigeon", "carrier_pigeon")):
        old.targets[module] = old._write("target", name=name, notification_module_name=module)  # noqa: SLF001 - ours
    return old
