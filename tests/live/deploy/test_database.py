"""PostgreSQL's roles: the owner migrates, the processes read and write rows and nothing else."""

import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from columba_producer import Attachment, Outbox
from columba_shared.log.revision import require_current
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from deploy.prepare import DATABASE
from tests.live.deploy.installation import Installation
from tests.services.programs import POSTGRES

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
    if role == "superuser":
        return psycopg.connect(installation.postgres.url_of(DATABASE).replace("+psycopg", ""))
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


def test_an_app_needs_no_more_than_to_insert_into_the_outbox(installation: Installation) -> None:
    """The statements are those of docs/deployment.md."""
    with connect(installation, "superuser") as connection:
        connection.execute("CREATE ROLE shop LOGIN PASSWORD 'secret'")
        connection.execute("GRANT CONNECT ON DATABASE columba TO shop")
        connection.execute("GRANT USAGE ON SCHEMA public TO shop")
        connection.execute("GRANT INSERT, SELECT (id) ON columba_outbox TO shop")
        connection.execute("GRANT USAGE ON SEQUENCE columba_outbox_id_seq TO shop")
    owner = make_url(installation.secret("database_url_owner"))
    engine = create_engine(owner.set(username="shop", password="secret"))
    with engine.begin() as transaction:
        Outbox(transaction).enqueue("order.shipped", to="bob@example.org", context={"number": 1, "carrier": "pigeons"})
    with engine.connect() as transaction, pytest.raises(ProgrammingError, match="permission denied"):
        transaction.execute(text("SELECT * FROM columba_outbox"))
    engine.dispose()


def test_an_app_may_attach_large_files_and_read_nobody_elses(installation: Installation) -> None:
    """The statements are those of docs/deployment.md."""
    with connect(installation, "superuser") as connection:
        connection.execute("CREATE ROLE attaching LOGIN PASSWORD 'secret'")
        connection.execute("GRANT CONNECT ON DATABASE columba TO attaching")
        connection.execute("GRANT USAGE ON SCHEMA public TO attaching")
        connection.execute("GRANT INSERT, SELECT (id) ON columba_outbox TO attaching")
        connection.execute("GRANT USAGE ON SEQUENCE columba_outbox_id_seq TO attaching")
        connection.execute("GRANT INSERT, SELECT (event_id, target, blob) ON columba_blob_use TO attaching")
        connection.execute("GRANT INSERT, SELECT (digest), UPDATE (stored_at) ON columba_blob TO attaching")
        connection.execute("GRANT INSERT, SELECT (digest, number) ON columba_blob_piece TO attaching")
    owner = make_url(installation.secret("database_url_owner"))
    engine = create_engine(owner.set(username="attaching", password="secret"))
    for _ in range(2):
        with engine.begin() as transaction:
            attached = Attachment(name="a.bin", content=bytes(100_000))
            context = {"number": 1, "carrier": "pigeons"}
            Outbox(transaction).enqueue("order.shipped", to="eve@example.org", context=context, attachments=attached)
    with engine.connect() as transaction, pytest.raises(ProgrammingError, match="permission denied"):
        transaction.execute(text("SELECT content FROM columba_blob_piece"))
    engine.dispose()


def test_what_the_owner_dumps_can_be_restored(installation: Installation, tmp_path: Path) -> None:
    dump = tmp_path / "columba.dump"
    with connect(installation, "superuser") as connection:
        connection.autocommit = True
        connection.execute("CREATE DATABASE restored OWNER columba_owner")
    url = installation.secret("database_url_owner").replace("+psycopg", "")
    subprocess.run([POSTGRES.program("pg_dump"), "--format=custom", f"--file={dump}", url], check=True)  # noqa: S603
    into = f"{url.removesuffix(DATABASE)}restored"
    restore = [
        POSTGRES.program("pg_restore"),
        "--clean",
        "--if-exists",
        "--exit-on-error",
        f"--dbname={into}",
        str(dump),
    ]
    for _ in ("into an empty database", "over what is there"):
        subprocess.run(restore, check=True)  # noqa: S603
    engine = create_engine(into.replace("postgresql:", "postgresql+psycopg:"))
    require_current(engine)
    engine.dispose()
