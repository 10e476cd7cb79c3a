"""Deferred events by the hundred thousand: none early, hardly one a second late, all once, whatever the broker does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.conftest import Tell
from tests.faults.deferred import Load, begin, everybody_got_one, lateness, publish
from tests.services.rabbitmq import RabbitMQ
from tests.system.system import TORTURE, System, scaled, until

LOAD = Load(
    events=scaled(160, 100_000),
    over_seconds=scaled(8, 300),
    head_start=timedelta(seconds=scaled(4, 90)),
)

BREAKABLE = replace(LOAD, over_seconds=scaled(30, 300))
"""Long enough for some to fall due only after the broker is back."""


def test_deferred_events_are_delivered_on_time_and_once(system: System, tell: Tell) -> None:
    begin(system)
    addresses = publish(system, LOAD)
    everybody_got_one(system, addresses)
    late = lateness(system)
    tell(str(late))
    assert late.seconds[0] >= 0
    assert late.percentile(99) <= (1.0 if TORTURE else 10.0)


# A broker that is stopped in good order is for the long run alone: a killed one loses what that loses, and more.
@pytest.mark.parametrize("end", ["killed", *(["stopped"] if TORTURE else [])])
def test_a_broker_that_is_started_again_is_late_by_seconds_and_loses_nothing(
    breakable: System, rabbitmq: RabbitMQ, tell: Tell, end: str
) -> None:
    begin(breakable)
    rabbitmq.remember()
    addresses = publish(breakable, BREAKABLE)
    some = BREAKABLE.events // scaled(20, 4)
    until(lambda: breakable.smtp.count().accepted >= some, "some are delivered")
    before = rabbitmq.process.pid()
    rabbitmq.stop() if end == "stopped" else rabbitmq.kill()
    rabbitmq.start()
    assert rabbitmq.process.pid() != before
    back_at = datetime.now(UTC)
    everybody_got_one(breakable, addresses)
    after, whole = lateness(breakable, due_after=back_at), lateness(breakable)
    assert after.seconds, "none fell due after the broker was back"
    tell(f"{end}: {whole}; due after it was back: {after}")
    assert whole.seconds[0] >= 0
    assert after.seconds[-1] <= scaled(30, 15)


def test_embedded_deferred_events_are_on_time_too(tmp_path_factory: pytest.TempPathFactory, system: System) -> None:
    folder = tmp_path_factory.mktemp("embedded")
    alone = System(folder, "memory://", f"sqlite:///{folder / 'columba.db'}", system.smtp)
    alone.prepare()
    try:
        alone.start("up")
        addresses = publish(alone, LOAD)
        everybody_got_one(alone, addresses)
        late = lateness(alone)
        assert late.seconds[0] >= 0
    finally:
        alone.close()
