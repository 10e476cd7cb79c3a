"""Everything killed while chains go on: everybody is told, and by one target alone, save where a doubt is on record."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from columba_producer import EventRequest, Fallback
from columba_shared.log.tables import attempt, delivery
from columba_shared.state import OPEN, State
from sqlalchemy import func, select

from tests.faults.conftest import Tell
from tests.services.smtp_control import SmtpProcess
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_record import accepted
from tests.system.system import Process, System, running, scaled, until

EMBEDDED, BROKER = "embedded on SQLite", "RabbitMQ and PostgreSQL"
PEOPLE, KILLS = scaled(80, 2_000), scaled(3, 30)
AFTER = timedelta(seconds=3)
TARGETS = ("pager", "phone", "email")
_APP = """
from columba_consumers import EmailMessage, renderer
from tests.system.ways import Pager, Phone

@renderer("door.rings", target="pager")
@renderer("door.rings", target="phone")
@renderer("door.rings", target="email")
def rings(event, recipient):
    return EmailMessage(subject="The door", text="It rings.")
"""
_FAULTS = Faults(
    rules=(
        Rule(phase="rcpt", reply="550 5.7.1 device not registered", recipient=r"^gone\d+@pager|^lost\d+@(pager|phone)"),
        Rule(phase="rcpt", reply="450 4.7.1 later", recipient=r"^busy\d+@pager"),
    )
)
_SORTS = ("fine", "gone", "busy", "lost")
"""Whom pager reaches, whom it refuses, whom it puts off for ever, and whom mail alone reaches."""


@pytest.fixture(params=[EMBEDDED, BROKER])
def columba(request: pytest.FixtureRequest, tmp_path: Path, smtp: SmtpProcess) -> Iterator[System]:
    """Columba in this way, with an app and a mail server for chains."""
    if request.param == EMBEDDED:
        broker_url, database_url = "memory://", f"sqlite:///{tmp_path / 'columba.db'}"
    else:
        broker_url, database_url = request.getfixturevalue("amqp_url"), request.getfixturevalue("postgres_log_url")
    (tmp_path / "doors.py").write_text(_APP)
    smtp.set_faults(_FAULTS)
    settings = {"COLUMBA_APP": "doors"}
    with running(System(tmp_path, broker_url, database_url, smtp, settings, ("email", "pager", "phone"))) as system:
        yield system


def _people() -> list[str]:
    return [f"{_SORTS[number % len(_SORTS)]}{number}" for number in range(PEOPLE)]


def _publish(columba: System) -> None:
    requests = (
        EventRequest(
            kind="door.rings",
            to={target: f"{name}@{target}.example" for target in TARGETS},
            target="pager",
            fallback=[Fallback("phone", after=AFTER), Fallback("email", after=AFTER)],
        )
        for name in _people()
    )
    with columba.producer() as producer:
        producer.enqueue_many(requests)


def _start(columba: System, running_: dict[str, Process]) -> None:
    """Start whatever does not run."""
    commands = {"up": ("up",)} if columba.is_embedded else {name: (name,) for name in ("ledger", "reconcile", "work")}
    for name, command in commands.items():
        if name not in running_ or not running_[name].running:
            running_[name] = columba.start(*command)


def _attempts(columba: System) -> int:
    return int(columba.rows(select(func.count()).select_from(attempt))[0][0])


def _name(address: str) -> str:
    return address.partition("@")[0]


def test_everybody_is_told_and_by_one_target_alone_whatever_is_killed(columba: System, tell: Tell) -> None:
    chance = random.Random(20261122)  # noqa: S311 - chance for moments, not for secrets
    going: dict[str, Process] = {}
    _start(columba, going)
    _publish(columba)
    for kill in range(KILLS):
        goal = (kill * PEOPLE) // KILLS + chance.randint(1, PEOPLE // KILLS)
        until(lambda goal=goal: _attempts(columba) >= goal, f"{goal} attempts were made")  # type: ignore[misc]
        names = sorted(going)
        going[names[-1] if chance.random() < 0.5 else chance.choice(names)].kill()
        _start(columba, going)
    waiting = {state.value for state in OPEN - {State.IN_DOUBT}}
    until(
        lambda: columba.states().total() == PEOPLE * len(TARGETS) and not waiting & set(columba.states()),
        lambda: f"everything is over, not {columba.states()}",
    )

    told = Counter(_name(mail.rcpt_to[0]) for mail in accepted(columba.smtp.entries()))
    assert set(told) == set(_people())
    doubts = _doubts(columba)
    assert {name for name, times in told.items() if times > 1} <= doubts.keys()
    assert all(told[name] - 1 <= number for name, number in doubts.items())
    sent = columba.rows(select(delivery.c.address, delivery.c.target).where(delivery.c.state == "sent"))
    by = Counter(_name(row.address) for row in sent)
    assert set(by.values()) == {1}
    _each_by_one_that_could({_name(row.address): row.target for row in sent}, set(doubts))
    tell(f"{PEOPLE:,} chains, {KILLS} kills: 0 lost, {told.total() - PEOPLE} told twice of {len(doubts)} in doubt")


def _doubts(columba: System) -> dict[str, int]:
    """Return for whom there is an attempt of which nobody knows what came of it, and how many."""
    query = select(delivery.c.address).join(attempt, attempt.c.delivery_id == delivery.c.id)
    found: defaultdict[str, int] = defaultdict(int)
    for row in columba.rows(query.where(attempt.c.outcome == "in_doubt")):
        found[_name(row.address)] += 1
    return found


def _each_by_one_that_could(sent: dict[str, str], doubtful: set[str]) -> None:
    could = {"gone": {"phone", "email"}, "busy": {"phone", "email"}, "lost": {"email"}}
    for name, target in sent.items():
        sort = re.sub(r"\d", "", name)
        if sort in could and name not in doubtful:
            assert target in could[sort], (name, target)
