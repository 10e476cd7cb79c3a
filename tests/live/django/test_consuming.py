"""Consumers with a Django project loaded: its models are at hand everywhere, and its connections are looked after."""

import os
from pathlib import Path
from typing import Final

from columba_shared.log.tables import outbox_metadata
from sqlalchemy import Engine, create_engine, text

from tests.contract.cli.shell import Shell
from tests.system.system import until

_PROJECT: Final = Path(__file__).with_name("consuming")
_ROOT: Final = Path(__file__).parents[3]
_TABLE: Final = "CREATE TABLE guests_guest (id BIGSERIAL PRIMARY KEY, name TEXT, address TEXT, told INTEGER)"


def _shell(folder: Path, url: str) -> Shell:
    """Return a shell whose consumers load the project; its database has the outbox, and the log is in a file."""
    django = {
        "COLUMBA_APP": "guests.columba",
        "COLUMBA_OUTBOX_URL": url,
        "DJANGO_SETTINGS_MODULE": "guests_settings",
        "PROJECT_DATABASE": url,
        "PYTHONPATH": os.pathsep.join(map(str, (_PROJECT, _ROOT))),
    }
    return Shell(folder=folder, settings=django)


def test_models_are_at_hand_and_connections_may_be_cut_between_deliveries(tmp_path: Path, postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    outbox_metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text(_TABLE))
        for name in ("bob", "eve"):
            row = {"name": name, "address": f"{name}@example.org"}
            connection.execute(text("INSERT INTO guests_guest (name, address, told) VALUES (:name, :address, 0)"), row)
    shell = _shell(tmp_path, postgres_url)
    runs = shell.begin("up")
    try:
        shell.run("enqueue", "guest.asked", "--to", "bob@example.org")
        shell.run("enqueue", "guest.awaited", "--audience", "guests")
        _until_told(engine, {"bob": 2, "eve": 1})
        until(lambda: _there(engine) == {"guests kept"}, "the other alias has closed its own")
        assert _cut(engine) == {"guests kept"}
        shell.run("enqueue", "guest.asked", "--to", "bob@example.org")
        shell.run("enqueue", "guest.awaited", "--to", "bob@example.org")
        _until_told(engine, {"bob": 4, "eve": 1})
    finally:
        runs.terminate()
        runs.communicate(timeout=60)
        engine.dispose()
    assert runs.returncode == 0
    deliveries = [line for line in shell.run("list", "--json", "--all").lines if "@" in line["address"]]
    assert {(each["state"], each["attempts"]) for each in deliveries} == {("sent", 1)}
    mails = [path.read_text() for path in (tmp_path / "columba-mail" / "new").iterdir()]
    assert sum("Subject: bob, one of 2" in mail and "There were 2." in mail for mail in mails) == 2
    assert sum("Awaited." in mail for mail in mails) == 3


def _until_told(engine: Engine, wanted: dict[str, int]) -> None:
    def told() -> dict[str, int]:
        with engine.connect() as connection:
            return {row.name: row.told for row in connection.execute(text("SELECT name, told FROM guests_guest"))}

    until(lambda: told() == wanted, lambda: str(told()))


def _there(engine: Engine, what: str = "pid") -> set[str]:
    """Return whose connections the project has on the server."""
    ask = text(
        f"SELECT application_name, {what} FROM pg_stat_activity "  # noqa: S608 - our own words
        "WHERE datname = current_database() AND application_name LIKE 'guests%'"
    )
    with engine.begin() as connection:
        return {row.application_name for row in connection.execute(ask)}


def _cut(engine: Engine) -> set[str]:
    """End the project's connections on the server; return whose they were."""
    return _there(engine, "pg_terminate_backend(pid)")
