"""PostgreSQL's roles: the owner migrates, the processes read and write rows and nothing else."""

from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from tests.live.deploy.installation import Installation

BEYOND_ROWS = (
    "CREATE TABLE mine (id int)",
    "DROP TABLE columba_delivery",
    "ALTER TABLE columba_delivery ADD COLUMN mine int",
    "TRUNCATE columba_delivery",
    "CREATE SCHEMA mine",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE ROLE mine",
    "SELECT * FROM pg_authid",
    "COPY columba_delivery TO PROGRAM 'true'",
)


def connect(installation: Installation, role: str) -> "psycopg.Connection[Any]":
    return psycopg.connect(installation.secret(f"database_url_{role}").replace("+psycopg", ""))


@pytest.mark.parametrize("statement", BEYOND_ROWS)
def test_a_process_may_do_nothing_beyond_rows(installation: Installation, statement: str) -> None:
    with connect(installation, "app") as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement)


def test_a_process_may_read_and_write_every_table(installation: Installation) -> None:
    query = """
        SELECT relname, has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
            AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')
        FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    """
    with connect(installation, "app") as connection:
        tables = dict(connection.execute(query).fetchall())
    assert "columba_delivery" in tables
    assert all(tables.values())


def test_the_owner_is_no_superuser(installation: Installation) -> None:
    query = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    with connect(installation, "owner") as connection:
        assert connection.execute(query).fetchall() == [(False,)]


@pytest.mark.parametrize("role", ["app", "owner"])
def test_a_wrong_password_lets_nobody_in(installation: Installation, role: str) -> None:
    url = installation.secret(f"database_url_{role}").replace("+psycopg", "")
    password = installation.secret(f"postgres_{role}_password")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace(password, "wrong"))


def test_the_tables_belong_to_the_owner(installation: Installation) -> None:
    query = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    with connect(installation, "app") as connection:
        assert connection.execute(query).fetchall() == [("columba_owner",)]


def test_migrating_again_changes_nothing(installation: Installation) -> None:
    assert "were up to date" in installation.run("migrate")
    assert "are up to date" in installation.run("relay", "migrate", "--check")
