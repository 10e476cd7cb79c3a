"""Consumers killed while they expand an audience: everybody in it gets one delivery, and memory stays flat."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from columba_shared.log.tables import attempt, delivery
from sqlalchemy import func, select

from tests.faults.conftest import Tell
from tests.services.smtp_control import SmtpProcess
from tests.services.smtp_record import accepted, delivery_of, open_when_lost
from tests.system.system import Process, System, running, scaled, until

EMBEDDED, BROKER = "embedded on SQLite", "RabbitMQ and PostgreSQL"
MEMBERS, KILLS = scaled(1_600, 100_000), scaled(2, 10)
MOST_MEGABYTES = 200
FIRST_SLICE = 500
MOST_DEATHS = 4
"""The first death comes after new members, and is forgiven with them."""
_APP = """
import os
import time
from columba_consumers import EmailMessage, audience, renderer

@audience("subscribers")
def subscribers(event):
    for number in range(event.context["members"]):
        if number % EVERY == 0:
            time.sleep(0.005)  # as a database would
        yield f"m{number:06}@example.org"

@audience("murderers")
def murderers(event):
    for number in range(600):
        yield f"m{number:06}@example.org"
    os._exit(1)

@renderer("letter.monthly", target="email")
def letter(event, recipient):
    return EmailMessage(subject="monthly", text="hello")
""".replace("EVERY", str(scaled(2, 100)))


@pytest.fixture(params=[EMBEDDED, BROKER])
def columba(request: pytest.FixtureRequest, tmp_path: Path, smtp: SmtpProcess) -> Iterator[System]:
    """Columba in this way, with an app that has an audience."""
    if request.param == EMBEDDED:
        broker_url, database_url = "memory://", f"sqlite:///{tmp_path / 'columba.db'}"
    else:
        broker_url, database_url = request.getfixturevalue("mail_url"), request.getfixturevalue("postgres_log_url")
    (tmp_path / "subscriptions.py").write_text(_APP)
    with running(System(tmp_path, broker_url, database_url, smtp, {"COLUMBA_APP": "subscriptions"})) as system:
        yield system


def _start(system: System) -> Process:
    return system.start("up") if system.is_embedded else system.start("work", "email")


def _members(system: System) -> int:
    query = select(func.count()).select_from(delivery).where(delivery.c.address.startswith("m"))
    return int(system.rows(query)[0][0])


def _group(system: System, name: str = "subscribers") -> tuple[str, str | None]:
    rows = system.rows(select(delivery.c.state, delivery.c.reason).where(delivery.c.address == f"audience:{name}"))
    return (rows[0].state, rows[0].reason) if rows else ("not yet", None)


def _in_doubt(system: System) -> set[UUID]:
    """Return the deliveries with an attempt of which nobody knows whether it reached them."""
    return {
        row.delivery_id for row in system.rows(select(attempt.c.delivery_id).where(attempt.c.outcome == "in_doubt"))
    }


def _megabytes(process: Process) -> int:
    """Return the most memory that a process has had so far."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


def test_an_audience_is_expanded_for_everybody_once_whatever_is_killed_meanwhile(columba: System, tell: Tell) -> None:
    chance = random.Random(20261121)  # noqa: S311 - chance for moments, not for secrets
    with columba.producer() as producer:
        producer.enqueue("letter.monthly", audience="subscribers", context={"members": MEMBERS})
    if not columba.is_embedded:
        columba.start("reconcile")
    share = MEMBERS // (KILLS + 1)
    for kill in range(KILLS):
        process = _start(columba)
        later = kill * share + chance.randint(1, share - 1)
        goal = max(_members(columba) + 1, scaled(1, later))
        until(lambda goal=goal: _members(columba) >= goal, f"{goal} members are recorded")  # type: ignore[misc]
        process.kill()
        assert _group(columba)[0] == "sending", "the kill hit the expansion"
        assert _members(columba) < MEMBERS
    process = _start(columba)
    columba.await_states({"expanded": 1, "sent": MEMBERS})

    assert _group(columba) == ("expanded", f"{MEMBERS} deliveries")
    assert _megabytes(process) < MOST_MEGABYTES
    expected = {f"m{number:06}@example.org" for number in range(MEMBERS)}
    addresses = [row.address for row in columba.rows(select(delivery.c.address).where(delivery.c.state == "sent"))]
    assert len(addresses) == MEMBERS
    assert set(addresses) == expected
    taken = accepted(columba.smtp.entries())
    copies = Counter(mail.rcpt_to[0] for mail in taken)
    assert set(copies) == expected
    assert {delivery_of(mail) for mail in taken if copies[mail.rcpt_to[0]] > 1} <= _in_doubt(columba)
    doubled, open_at_kills = copies.total() - MEMBERS, open_when_lost(columba.smtp.entries())
    tell(f"{MEMBERS:,} members, {KILLS} kills: 0 lost, {doubled} doubled of {open_at_kills}, {_megabytes(process)} MB")
    assert doubled <= open_at_kills


def test_an_audience_that_kills_its_process_three_times_without_a_new_member_ends_dead(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("letter.monthly", audience="murderers")
    if not columba.is_embedded:
        columba.start("reconcile")
    deaths = 0
    while _group(columba, "murderers")[0] != "dead":
        process = _start(columba)
        until(
            lambda process=process: not process.running or _group(columba, "murderers")[0] == "dead",  # type: ignore[misc]
            "it has killed its process, or is dead",
        )
        deaths += not process.running
        assert deaths <= MOST_DEATHS
    assert deaths >= 3
    assert _group(columba, "murderers")[1] == "crash: the process died 3 times while processing this delivery"
    assert _members(columba) == FIRST_SLICE, "what it had recorded by then stays, each once"
    columba.await_states({"dead": 1, "sent": FIRST_SLICE})
