"""The brakeman counts, tells or pulls a brake, and does it once, however many there are."""

from datetime import UTC, datetime, timedelta

import pytest
from columba_consumers.brakeman import Brakeman, Watching, brakemen
from columba_shared import identity, wire
from columba_shared.event import Event, Recipient
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.log.tables import brake, course, delivery, event, volume
from columba_shared.log.unusual import Range
from columba_shared.log.volumes import HOUR, hour_of
from columba_shared.log.writer import writer_for
from columba_shared.settings import Settings
from columba_shared.state import State
from sqlalchemy import Engine, func, insert, select

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
THIS = hour_of(NOW)
DAY = timedelta(days=1)
USUAL = Range(volume=10, floor=20, failures=50)


def brakeman(log: Engine, *, pulls: bool = True, chunk: int = 1000) -> Brakeman:
    watching = Watching(usual=USUAL, every=timedelta(seconds=1), pulls=pulls)
    return Brakeman(log, watching, lag=timedelta(0), chunk=chunk, now=lambda: NOW + timedelta(minutes=1))


def usually(log: Engine, asked: int) -> None:
    """Let the kind have been known for long, with so many events in its busiest hour."""
    one = {"target": "email", "kind": "invoice.ready"}
    with log.begin() as connection:
        connection.execute(insert(course), one | {"since": THIS - 30 * DAY, "sent": 0, "failed": 0})
        connection.execute(insert(volume), one | {"hour": THIS - DAY, "asked": asked, "sent": asked, "failed": 0})


def happened(log: Engine, number: int, state: State) -> None:
    """Have so many events recorded, whose deliveries ended so."""
    events, deliveries = [], []
    for _ in range(number):
        one = Event(
            id=identity.event_id(),
            kind="invoice.ready",
            target="email",
            to=(Recipient(address="bob@example.org"),),
            created_at=NOW,
        )
        events.append(EventEntry(event=one, body=wire.encode(one), recorded_at=NOW))
        key = identity.delivery_id(one.id, "email", "bob@example.org")
        deliveries.append(
            DeliveryEntry(
                id=key,
                event=one,
                address="bob@example.org",
                recipient=None,
                due_at=NOW,
                created_at=NOW,
                state=state,
            )
        )
    with log.begin() as connection:
        writer_for(log).record(connection, events, deliveries)


def number(log: Engine, table: object = brake) -> int:
    with log.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]  # any table


async def test_what_runs_wild_is_braked_once_by_any_number(log: Engine) -> None:
    usually(log, 3)
    happened(log, 31, State.SCHEDULED)
    first, second = brakeman(log), brakeman(log)
    (pulled,) = await first.run_once()
    assert pulled.why == "invoice.ready by email: 31 events in this hour, the most in an hour of 35 days was 3"
    assert await second.run_once() == []
    assert await first.run_once() == []
    assert number(log) == 1
    with log.connect() as connection:
        asked = connection.scalar(select(volume.c.asked).where(volume.c.hour == THIS))
    assert asked == 31


async def test_deaths_out_of_the_usual_are_braked_as_well(log: Engine) -> None:
    usually(log, 300)
    happened(log, 100, State.SENT)
    happened(log, 150, State.DEAD)
    (pulled,) = await brakeman(log).run_once()
    assert pulled.why == "invoice.ready by email: 60% of about the last 200 deliveries died, in the 35 days before 0%"


async def test_who_only_warns_tells_once_an_hour_however_many_do_and_pulls_nothing(
    log: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    usually(log, 3)
    happened(log, 31, State.SCHEDULED)
    first, second = (brakeman(log, pulls=False) for _ in range(2))
    with caplog.at_level("WARNING", logger="columba"):
        for warning in (first, second, first):
            assert await warning.run_once() == []
    told = [record for record in caplog.records if getattr(record, "columba_fact", "") == "brake.unusual"]
    assert [each.columba_values["kind"] for each in told] == ["invoice.ready"]  # type: ignore[attr-defined]  # telemetry's
    assert number(log) == 0


async def test_nothing_is_judged_before_everything_is_counted(log: Engine) -> None:
    usually(log, 1)
    happened(log, 25, State.SCHEDULED)
    with log.begin() as connection:  # spread out, so that it takes more steps than a round has
        for minute, key in enumerate(connection.scalars(select(event.c.id)).all()):
            moment = THIS - 25 * HOUR + minute * HOUR
            connection.execute(event.update().where(event.c.id == key).values(recorded_at=moment))
    slow = brakeman(log)
    assert await slow.run_once() == []
    assert number(log, volume) < 25
    while number(log, volume) < 25:
        await slow.run_once()


async def test_what_is_usual_is_let_alone(log: Engine) -> None:
    usually(log, 30)
    happened(log, 60, State.SENT)
    assert await brakeman(log).run_once() == []
    assert number(log) == 0
    assert number(log, delivery) == 60


def test_nobody_watches_when_it_is_off(log: Engine) -> None:
    assert brakemen(log, Settings.from_env({"COLUMBA_BRAKE_AUTOMATIC": "off"})) == []
    assert len(brakemen(log, Settings.from_env({}))) == 1
