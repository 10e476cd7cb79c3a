"""An import that is killed in the middle goes on where it was: nothing is lost, and nothing doubled."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from columba_shared.log.tables import attempt, delivery
from sqlalchemy import Engine, Table, func, select

from tests.contract.cli.shell import Shell
from tests.live.django.moving.killed import killed
from tests.live.django.moving.notification_system import old as notification_system
from tests.live.django.moving.old_carrier_pigeon import old_database

_NUMBER: Final = 200
_OVER: Final = 60
"""So many of them were sent by the old system, and have an attempt."""
_MANY: Final = """
WITH RECURSIVE counted(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < ?2)
INSERT INTO notification_system_notification (
    created_date, modified_date, id, title, body, extra, status, scheduled_delivery, attempted_delivery,
    retry_time_interval, retry_attempts, max_retries, target_user_record_id
) SELECT
    '2026-11-01 09:00:00', '2026-11-01 09:00:00', lower(hex(randomblob(16))), 'Number ' || number, 'x', '{}',
    CASE WHEN number <= ?3 THEN 'DELIVERED' ELSE 'SCHEDULED' END, '2026-11-01 09:00:00',
    CASE WHEN number <= ?3 THEN '2026-11-01 09:01:00' END, 60, 0, 3, ?1
FROM counted
"""


def _notifications(folder: Path) -> tuple[str, str]:
    old = notification_system.old_database(folder / "old.sqlite3")
    record = old.record(1, "email", "ann@example.org")
    with closing(sqlite3.connect(old.path)) as connection, connection:
        connection.execute(_MANY, [record, _NUMBER, _OVER])
    return "notification-system", old.url


def _files(folder: Path) -> tuple[str, str]:
    rows = [("partner", "ftp://ftp.example.com/in", 50 if each < _OVER else 10, "", 7) for each in range(_NUMBER)]
    return "carrier-pigeon", old_database(folder / "old.sqlite3", rows)


def _count(log: Engine, table: Table) -> int:
    with log.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("filled", [_notifications, _files], ids=["notification-system", "carrier-pigeon"])
def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(
    filled: Callable[[Path], tuple[str, str]], tmp_path: Path
) -> None:
    settings = {"COLUMBA_TARGETS": "email,files", "COLUMBA_FILES_DESTINATIONS": "partner=ftp://ftp.example.com/in"}
    shell = Shell(folder=tmp_path, settings=settings)
    shell.run("migrate")
    log = shell.log()
    system, url = filled(tmp_path)
    command = ("import", system, "--from", url)
    killed(shell, *command)
    try:
        between = _count(log, delivery)
        assert 0 < between < _NUMBER
        told = shell.run(*command).stdout
        numbers = (_count(log, delivery), _count(log, attempt))
    finally:
        log.dispose()
    assert f"{_NUMBER - between} taken over, {between} there before, 0 bad." in told
    assert numbers == (_NUMBER, _OVER)
