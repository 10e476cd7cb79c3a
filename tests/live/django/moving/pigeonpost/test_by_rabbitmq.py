"""Mail about objects, and the commands under their old names, with RabbitMQ between."""

from pathlib import Path

from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.tables import delivery
from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan
from columba_shared.topology.declare import declare
from sqlalchemy import Engine, select

from tests.contract.cli.shell import Shell, running, until
from tests.live.django.moving.pigeonpost.at_work import arrived, desk_at, played
from tests.services.smtp_control import smtp_process


def test_mail_about_objects_and_its_commands_go_by_rabbitmq_too(tmp_path: Path, amqp_url: str) -> None:
    log = f"sqlite:///{tmp_path / 'log.db'}"
    servers = {"COLUMBA_BROKER_URL": amqp_url, "COLUMBA_DATABASE_URL": log}
    shell = Shell(folder=tmp_path, settings=dict(servers))
    declare(Plan.for_targets(("email",)), Access.to(amqp_url))
    migrate(engine := connect(log))
    with (
        smtp_process(tmp_path / "mails.jsonl", bodies=True) as server,
        desk_at(tmp_path, server.url, **servers) as desk,
        running(shell, "ledger"),
    ):
        assert played(desk, "begin", "panic", "queue_plain")["panic"] == 0
        until(lambda: _handed_on(engine) == 1, "the ledger has no story to tell")
        assert played(desk, "deploy", "save_again") == {"deploy": 0, "save_again": [False, True, True]}
        mails = arrived(server)
    engine.dispose()
    assert sorted((mail["Subject"], mail["X-To"]) for mail in mails) == [
        ("Plain & edited", "ann@example.org"),
        ("Plain & edited", "bob@example.org"),
    ]


def _handed_on(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(
            connection.execute(select(delivery).where(delivery.c.handed_on, delivery.c.state == "scheduled")).all()
        )
