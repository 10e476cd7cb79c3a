"""A brake pulled in full flight: nothing that it is about is begun afterwards, and all of it goes once it is off."""

import asyncio
import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

from columba_consumers.moderation import Moderation
from columba_shared.log import braking, releasing
from columba_shared.log.audit import Author
from columba_shared.log.brake import Brake, Ending, Extent
from columba_shared.log.tables import attempt, brake, braked, course, delivery, volume
from columba_shared.log.transacting import transact
from columba_shared.log.volumes import hour_of
from sqlalchemy import func, insert, select

from tests.faults.conftest import Tell
from tests.services.smtp_record import accepted
from tests.system.system import System, scaled, until

CAROL: Final = Author(who="carol", why="wrong price")


def start(system: System) -> None:
    """Start everything that delivers; on servers two consumers."""
    commands: tuple[tuple[str, ...], ...] = (("up",),)
    if not system.is_embedded:
        commands = (("ledger",), ("reconcile",), ("work", "email"), ("work", "email"))
    processes = [system.start(*command) for command in commands]
    until(lambda: all(process.told("process.started") for process in processes), "everything has started")


def pull(system: System, **extent: str) -> tuple[Brake, datetime]:
    """Pull a brake; return it, and when it was in force at the latest."""
    made = transact(
        system.engine,
        lambda connection: braking.pull(connection, Extent(**extent), CAROL, now=datetime.now(UTC)),  # type: ignore[arg-type]  # names only
    )
    return made, datetime.now(UTC)


def end(system: System, pulled: Brake) -> None:
    transact(
        system.engine,
        lambda connection: braking.end(connection, pulled.id, Ending.RELEASED, CAROL, now=datetime.now(UTC)),
    )


def begun_after(system: System, moment: datetime, name: str) -> int:
    """Return how many of these people's deliveries were begun after a moment."""
    query = select(func.count()).select_from(attempt).join(delivery, delivery.c.id == attempt.c.delivery_id)
    (row,) = system.rows(query.where(delivery.c.address.like(f"{name}%"), attempt.c.started_at > moment))
    number: int = row[0]
    return number


def test_a_brake_pulled_in_full_flight_lets_nothing_of_it_begin(either: System, tell: Tell) -> None:
    chance = random.Random(20261121)  # noqa: S311 - chance for moments, not for secrets
    mails = scaled(150, 20_000)
    start(either)
    people = either.enqueue(mails)
    others = either.enqueue(mails // 10, name="other")
    part = chance.uniform(0.05, 0.4)
    until(lambda: either.smtp.count().accepted > mails * part, "some are delivered")
    pulled, in_force_at = pull(either, kind="invoice.*", domain="example.org")
    afterwards = either.enqueue(20, name="after")
    total = mails + len(others) + len(afterwards)
    until(lambda: set(either.states()) <= {"sent", "held"} and either.states().total() == total, "everything is over")

    states = either.states()
    tell(f"{total:,}: {states['sent']:,} sent before the brake, {states['held']:,} held by it")
    assert begun_after(either, in_force_at, "") == 0
    assert states["sent"] > mails * part * 0.9
    assert states["held"] >= len(afterwards)
    with either.engine.connect() as connection:
        assert braking.held_by(connection, pulled.id) == states["held"]

    end(either, pulled)
    moderation = Moderation(engine=either.engine)
    released = asyncio.run(moderation.release(pulled.id, CAROL)).done
    assert released == states["held"]
    either.await_states({"sent": total})
    assert Counter(mail.rcpt_to[0] for mail in accepted(either.smtp.entries())) == Counter(
        [*people, *others, *afterwards]
    )


def test_a_release_that_was_cut_short_is_taken_up_and_lets_nothing_go_twice(either: System) -> None:
    pulled, _ = pull(either, domain="example.org")
    start(either)
    people = either.enqueue(160)
    either.await_states({"held": len(people)})
    end(either, pulled)
    with either.engine.begin() as connection:  # what a release did that was killed after its first chunk
        some = releasing.held(connection, pulled.id, limit=60)
        releasing.release(connection, some, pulled.id, CAROL, now=datetime.now(UTC))
    either.enqueue(10, name="after")
    rest = [asyncio.run(Moderation(engine=either.engine).release(pulled.id, CAROL)).done for _ in range(2)]
    assert rest == [100, 0]
    either.await_states({"sent": len(people) + 10})
    assert set(Counter(mail.rcpt_to[0] for mail in accepted(either.smtp.entries())).values()) == {1}
    assert either.rows(select(func.count()).select_from(braked))[0][0] == 0
    assert [row.ending for row in either.rows(select(brake.c.ending))] == ["released"]


def test_brakes_pulled_and_ended_at_random_lose_nothing_and_send_nothing_twice(either: System, tell: Tell) -> None:
    chance = random.Random(4)  # noqa: S311 - as above
    mails = scaled(120, 10_000)
    start(either)
    people = either.enqueue(mails)
    moderation, released, until_when = Moderation(engine=either.engine), 0, datetime.now(UTC)
    for extent in ({"kind": "invoice.*"}, {"domain": "*.org"}, {"target": "email"}) * scaled(2, 6):
        pulled, in_force_at = pull(either, **extent)
        until_when = in_force_at + timedelta(seconds=chance.uniform(0.05, 0.6))
        until(lambda moment=until_when: datetime.now(UTC) > moment, "a moment has passed")  # type: ignore[misc]  # bound now
        assert begun_after(either, in_force_at, "") == 0
        end(either, pulled)
        released += asyncio.run(moderation.release(pulled.id, CAROL)).done
    tell(f"{mails:,} mails, {released:,} held and let go")
    either.await_states({"sent": mails})
    assert Counter(mail.rcpt_to[0] for mail in accepted(either.smtp.entries())) == Counter(people)


def test_a_kind_that_runs_wild_is_braked_by_itself_and_goes_once_somebody_has_looked(either: System) -> None:
    either.settings["COLUMBA_BRAKE_AUTOMATIC"] = "pull"
    either.settings["COLUMBA_BRAKE_VOLUME_FLOOR"] = "50"
    until(lambda: hour_of(datetime.now(UTC) + timedelta(minutes=1)) < datetime.now(UTC), "it is one hour all along")
    hour = hour_of(datetime.now(UTC))
    usual = {"target": "email", "kind": "invoice.ready", "sent": 0, "failed": 0}
    with either.engine.begin() as connection:
        connection.execute(insert(course), usual | {"since": hour - timedelta(days=30)})
        connection.execute(insert(volume), usual | {"hour": hour - timedelta(days=3), "asked": 4})
    start(either)
    people = either.enqueue(60)
    either.await_states({"sent": 60})
    until(lambda: bool(either.rows(select(brake))), "a brake is pulled")
    (pulled,) = either.rows(select(brake))
    assert (pulled.automatic, pulled.kind, pulled.target) == (True, "invoice.ready", "email")
    counted = re.fullmatch(  # whoever counts may come by while they are still being enqueued
        r"invoice\.ready by email: (\d+) events in this hour, the most in an hour of 35 days was 4", pulled.why
    )
    assert counted is not None
    assert 50 <= int(counted[1]) <= 60
    people += either.enqueue(30, name="more")
    either.await_states({"sent": 60, "held": 30})
    printed = either.columba("brake", "off", str(pulled.id), "--release", "--yes")
    assert printed == f"Brake {pulled.id} is off. 30 deliveries released.\n"
    either.await_states({"sent": 90})
    assert Counter(mail.rcpt_to[0] for mail in accepted(either.smtp.entries())) == Counter(people)
    assert len(either.rows(select(brake))) == 1
