"""Replays killed in the middle, and replays of what fails again: everybody gets one mail, nobody two."""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

from columba_producer import EventRequest, Recipient
from columba_shared.log.tables import attempt, event, selected
from columba_shared.publishing.connection import Access
from columba_shared.topology.declare import depths
from sqlalchemy import func, select, update

from tests.faults.conftest import Tell
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_record import accepted
from tests.system.system import Process, Story, System, scaled, until

SLOWLY: Final = Faults(delay_seconds=scaled(1, 0) / 2)
"""So that few mails have a middle as well."""
REFUSED: Final = Faults(rules=(Rule(phase="final", reply="554 5.7.1 refused by policy"),))
LETTERS: Final = "columba.dead.email"


def dead_letters(system: System) -> int | None:
    return depths((LETTERS,), Access.to(system.broker_url))[LETTERS]


def all_dead(system: System, number: int) -> None:
    """Wait until that many deliveries are dead, with as many dead letters."""
    system.await_states({"dead": number})
    until(lambda: dead_letters(system) == number, f"there are {number} dead letters")


def went(system: System) -> int:
    """Return how many deliveries went again."""
    query = select(func.count()).select_from(selected).where(selected.c.replayed_at.is_not(None))
    return int(system.rows(query)[0][0])


def replay(system: System, *arguments: str) -> Process:
    return system.start("replay", "--yes", *arguments)


def ended(process: Process) -> int:
    until(lambda: not process.running, "the replay has ended")
    return process.process.wait()


def unfinished(system: System) -> Story:
    (line,) = system.columba("replay", "--unfinished", "--json").splitlines()
    return json.loads(line)


def everybody_got_one(system: System, addresses: list[str]) -> None:
    copies = Counter(mail.rcpt_to[0] for mail in accepted(system.smtp.entries()))
    assert copies == Counter(addresses)
    assert system.outcomes()["sent"] == len(addresses)


def test_a_replay_killed_in_the_middle_and_resumed_delivers_everything_once(system: System, tell: Tell) -> None:
    mails, kills, suppressed, late = scaled(120, 10_000), scaled(1, 5), scaled(5, 310), scaled(3, 62)
    system.smtp.set_faults(REFUSED)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    unwanted = [Recipient(address=f"u{number}@example.org", user="42") for number in range(suppressed)]
    requests = [
        *(EventRequest(kind="invoice.ready", to=each, context={"number": 0}) for each in unwanted),
        *(
            EventRequest(kind="invoice.ready", to=f"x{number}@example.org", context={"number": 0}, expires=tomorrow)
            for number in range(late)
        ),
    ]
    with system.producer() as producer:
        producer.enqueue_many(requests)
    addresses = system.enqueue(mails)
    system.start("reconcile")
    system.start("work", "email")
    all_dead(system, mails + suppressed + late)
    system.columba("addresses", "opt-out", "42", "--category", "invoice")
    with system.engine.begin() as connection:  # tomorrow comes
        connection.execute(update(event).where(event.c.expires_at.is_not(None)).values(expires_at=datetime.now(UTC)))
    system.smtp.set_faults(SLOWLY)

    foretold = json.loads(system.columba("replay", "--dry-run", "--json"))
    tell(f"dry run: {foretold['reopened']:,} would go, {foretold['left']}")
    assert (foretold["selected"], foretold["reopened"]) == (mails + suppressed + late, mails)
    assert foretold["left"] == {"suppressed": suppressed, "expired": late}

    chance, begun = random.Random(4), datetime.now(UTC)  # noqa: S311 - moments, not secrets
    running = replay(system)
    for kill in range(kills):
        goal = mails * (kill + 1) // (kills + 1) + chance.randint(0, mails // (4 * kills))
        until(lambda goal=goal: went(system) >= goal, f"{goal} went again")  # type: ignore[misc]
        running.kill()
        assert went(system) < mails, "too late: everything went again already"
        running = replay(system, "--resume", unfinished(system)["id"])
    system.smtp.set_faults(Faults())
    assert ended(running) == 0
    system.await_states({"sent": mails, "dead": suppressed + late})
    seconds = (datetime.now(UTC) - begun).total_seconds()

    everybody_got_one(system, addresses)
    assert went(system) == mails
    until(lambda: dead_letters(system) == suppressed + late, "what went has no dead letter any more")
    tell(f"{mails:,} dead letters replayed with {kills} kills in {seconds:.0f} s: {mails:,} outcomes, 0 duplicates")


def test_a_replay_stops_by_itself_when_the_failures_come_back_and_goes_on_once_mended(
    system: System, tell: Tell
) -> None:
    mails = scaled(120, 10_000)
    system.smtp.set_faults(REFUSED)
    addresses = system.enqueue(mails)
    system.start("reconcile")
    system.start("work", "email")
    all_dead(system, mails)
    system.smtp.set_faults(SLOWLY)

    running = replay(system)
    until(lambda: system.smtp.count().accepted >= mails // 2, "half of it is delivered")
    system.smtp.set_faults(REFUSED)
    assert ended(running) == 1
    assert running.told("stopped by itself")
    until(lambda: system.states().keys() == {"sent", "dead"}, "everything has its outcome")
    tries = select(func.count()).select_from(attempt).where(attempt.c.outcome == "reject")
    failed = int(system.rows(tries)[0][0]) - mails
    tell(f"the replay of {mails:,} stopped after {failed} failures, {system.states()['sent']:,} were delivered")
    assert 0 < failed <= 50

    system.smtp.set_faults(Faults())
    assert "stopped by itself" in unfinished(system)["problem"]
    assert ended(replay(system, "--resume", unfinished(system)["id"])) == 0
    system.await_states({"sent": mails - failed, "dead": failed})
    assert ended(replay(system)) == 0
    system.await_states({"sent": mails})
    everybody_got_one(system, addresses)
