"""The embedded whole killed at random moments: on restart it goes on where it was."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from columba_shared.log.tables import attempt
from sqlalchemy import select

from tests.faults.conftest import Tell
from tests.services.smtp_control import SmtpProcess
from tests.services.smtp_record import accepted, open_when_lost
from tests.system.system import System, running, scaled, until


@pytest.fixture
def embedded(tmp_path: Path, smtp: SmtpProcess) -> Iterator[System]:
    """Columba in one process, on one SQLite file."""
    with running(System(tmp_path, "memory://", f"sqlite:///{tmp_path / 'columba.db'}", smtp)) as system:
        yield system


def test_nobody_is_left_out_and_every_doubled_mail_is_on_record(embedded: System, tell: Tell) -> None:
    mails, kills = scaled(120, 5_000), scaled(3, 20)
    chance = random.Random(19690720)  # noqa: S311 - chance for moments, not for secrets
    addresses = embedded.enqueue(mails)
    for _ in range(kills):
        process = embedded.start("up")
        goal = min(mails, embedded.smtp.count().accepted + chance.randint(1, mails // (2 * kills)))
        until(lambda goal=goal: embedded.smtp.count().accepted >= goal, f"{goal} mails are taken")  # type: ignore[misc]
        process.kill()
    embedded.start("up")
    embedded.await_states({"sent": mails})

    taken = accepted(embedded.smtp.entries())
    copies = Counter(mail.rcpt_to[0] for mail in taken)
    assert set(copies) == set(addresses)
    doubled = {UUID(hex=mail.message_id[1:33]) for mail in taken if copies[mail.rcpt_to[0]] > 1}
    query = select(attempt.c.delivery_id).where(attempt.c.outcome == "in_doubt")
    assert doubled <= {row.delivery_id for row in embedded.rows(query)}
    open_at_kills = open_when_lost(embedded.smtp.entries())
    tell(f"embedded, {mails:,} mails, {kills} kills: 0 lost, {len(taken) - mails} doubled, {open_at_kills} open")
    assert len(taken) - mails <= open_at_kills


def test_what_kills_its_process_ends_dead_and_its_neighbours_do_not(embedded: System) -> None:
    (embedded.folder / "crashing.py").write_text(
        "import os\n"
        "from columba_consumers import EmailMessage, renderer\n"
        '@renderer("invoice.ready", target="email")\n'
        "def invoice(event, recipient):\n"
        '    if recipient.address.startswith("poison"):\n'
        "        os._exit(11)\n"
        '    return EmailMessage(subject="s", text="t")\n',
    )
    embedded.settings = {"COLUMBA_APP": "crashing"}
    embedded.enqueue(20)
    embedded.enqueue(1, name="poison")
    embedded.enqueue(20, name="behind")
    process = embedded.start("up")

    def settled() -> bool:
        nonlocal process
        if not process.running:
            assert process.process.returncode == 11
            process = embedded.start("up")
        return embedded.states() == {"sent": 40, "dead": 1}

    until(settled, "the neighbours are sent and the crasher is dead")
    assert embedded.deliveries("poison000000@example.org")[0].reason.startswith("crash")


def test_a_second_process_on_the_same_file_is_refused(embedded: System) -> None:
    first = embedded.start("up")
    until(lambda: first.told("process.started"), "the first is up")
    embedded.columba("up", status=1)
    assert first.running
    assert first.stop() == 0
