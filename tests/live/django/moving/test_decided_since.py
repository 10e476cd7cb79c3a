"""An import that is run once more takes back nothing of what people have decided in Columba since."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from columba_producer.address_book import AddressBook
from columba_producer.suppression_list import SuppressionList
from columba_shared.log import suppressions
from columba_shared.log.suppressions import Source, Suppression
from columba_shared.log.tables import delivery
from sqlalchemy import Engine, select

from tests.contract.cli.shell import Shell
from tests.live.django.moving import old_carrier_pigeon as carrier_pigeon
from tests.live.django.moving.mailer import old as mailer
from tests.live.django.moving.notification_system import old as notification_system
from tests.live.django.moving.pigeonpost.newsdesk import old as pigeonpost

_SINCE = "taken back since, in Columba"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    found = Shell(folder=tmp_path)
    found.run("migrate")
    return found


@pytest.fixture
def log(shell: Shell) -> Iterator[Engine]:
    engine = shell.log()
    yield engine
    engine.dispose()


def _states(log: Engine) -> dict[str, str]:
    with log.connect() as connection:
        rows = connection.execute(select(delivery.c.address, delivery.c.state))
        return {row.address: row.state for row in rows}


def test_who_has_opted_in_was_removed_or_forgotten_stays_so(shell: Shell, log: Engine, tmp_path: Path) -> None:
    """NS: unless the old system was told otherwise after that."""
    old = notification_system.old_database(tmp_path / "old.sqlite3")
    for user in (1, 2, 3, 4):
        old.record(user, "email", f"user{user}@example.org")
        old.opt_out(user)
    command = ("import", "notification-system", "--from", old.url)
    shell.run(*command)
    book = AddressBook(log)
    for name in ("1", "4"):
        book.opt_in(name, category="notification")
    book.remove("2", target="email", address="user2@example.org")
    shell.run("forget", "user3@example.org", "--user", "3", "--yes")
    later = str(datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=5))
    with closing(sqlite3.connect(old.path)) as connection, connection:
        connection.execute("UPDATE notification_system_opt_out SET modified_date = ? WHERE user_id = 4", [later])
    again = shell.run(*command)
    assert "notification_system_opt_out: 1 taken over, 1 there before, 0 bad." in again.stdout
    assert f"2 rows left: what it says was {_SINCE}." in again.stderr
    assert {user: bool(book.opted_out(user)) for user in "1234"} == {"1": False, "2": True, "3": False, "4": True}
    assert [each.user_id for each in book.walk()] == ["1", "4"]
    book.opt_out("1", category="notification")
    shell.run(*command)
    assert book.opted_out("1")


def test_what_was_lifted_changed_or_forgotten_on_the_list_stays_so(shell: Shell, log: Engine, tmp_path: Path) -> None:
    """DM-100."""
    old = mailer.old_database(f"sqlite:///{tmp_path}/old.sqlite3")
    names = ("lifted", "changed", "forgotten", "found", "stays", "overdue", "ended")
    for name in names:
        old.leave_out(f"{name}@example.org")
    found = SuppressionList(log)
    until = datetime.now(UTC) + timedelta(days=1)
    command = ("import", "django-mailer", "--from", old.url)
    with log.begin() as connection:
        suppressions.enter(connection, [_run_out("overdue", -2), _run_out("ended", 2)])
    shell.run(*command)
    found.lift("lifted@example.org", target="email")
    found.suppress("changed@example.org", target="email", until=until, why="until tomorrow")
    shell.run("forget", "forgotten@example.org", "--yes")
    again = shell.run(*command)
    assert "mailer_dontsendentry: 0 taken over, 6 there before, 0 bad." in again.stdout
    assert f"1 row left: what it says was {_SINCE}." in again.stderr
    stopped = {name: found.matching(f"{name}@example.org") for name in names}
    assert [name for name, entries in stopped.items() if not entries] == ["lifted", "ended"]
    assert [each.until for each in stopped["changed"]] == [until]
    assert [each.until for each in stopped["overdue"]] == [None], "the old system's word is the later one"
    assert "forgotten@example.org" not in {each.address for each in found.walk()}


def _run_out(name: str, hours: int) -> Suppression:
    """Return what a person has said so long after the old system, or before it, and what has run out since."""
    at = mailer.BEGIN + timedelta(hours=hours)
    return Suppression(
        address=f"{name}@example.org",
        target="email",
        source=Source.OPERATOR,
        who="ann",
        at=at,
        until=at + timedelta(hours=1),
    )


def test_what_was_forgotten_before_the_first_import_is_kept_as_a_hash(
    shell: Shell, log: Engine, tmp_path: Path
) -> None:
    old = mailer.old_database(f"sqlite:///{tmp_path}/old.sqlite3")
    old.leave_out("forgotten@example.org")
    shell.run("forget", "forgotten@example.org", "--yes")
    shell.run("import", "django-mailer", "--from", old.url)
    assert "forgotten@example.org" not in {each.address for each in SuppressionList(log).walk()}
    assert SuppressionList(log).matching("forgotten@example.org")


def test_a_file_that_was_held_stays_so(shell: Shell, log: Engine, tmp_path: Path) -> None:
    places = {"COLUMBA_TARGETS": "files", "COLUMBA_FILES_DESTINATIONS": "a=ftp://a.example.com;b=ftp://b.example.com"}
    shell.settings |= places
    rows = [("partner", f"ftp://{each}.example.com", 10, "", 7) for each in "ab"]
    command = ("import", "carrier-pigeon", "--from", carrier_pigeon.old_database(tmp_path / "old.sqlite3", rows))
    shell.run(*command)
    shell.run("hold", "--to", "a", "--yes")
    shell.run("cancel", "--to", "b", "--yes")
    shell.run(*command)
    assert _states(log) == {"a": "held", "b": "cancelled"}


def test_a_pigeon_that_was_killed_stays_so(shell: Shell, log: Engine, tmp_path: Path) -> None:
    command = pigeonpost.old_database(tmp_path / "old.sqlite3", [pigeonpost.pigeon(1, 7)], [])
    shell.run(*command)
    shell.run("cancel", "--all-pending", "--yes")
    shell.run(*command)
    assert set(_states(log).values()) == {"cancelled"}
