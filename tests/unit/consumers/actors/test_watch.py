"""Who is dead is timed on the observer's own clock, and only while the database answers."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from columba_consumers.reconciler.watch import Watch
from columba_shared.log.leases import Heartbeat

LEASE = 15.0
STEP = LEASE / 4
PROCESS = uuid4()


def _beating(beat: int, process_id: UUID = PROCESS) -> list[Heartbeat]:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return [Heartbeat(process_id=process_id, role="email", host="h", pid=1, beat=beat, beat_at=moment)]


def _seen(watch: Watch, beats: list[int], *, step: float = STEP) -> list[bool]:
    """Look at intervals of ``step`` and say at each whether the process was taken to be dead."""
    moments = (number * step for number in range(len(beats)))
    return [bool(watch.see(_beating(beat), asked=at, answered=at)) for at, beat in zip(moments, beats, strict=True)]


def test_a_process_that_shows_no_life_for_a_whole_lease_is_dead() -> None:
    assert _seen(Watch(lease_seconds=LEASE), [7] * 5) == [False, False, False, False, True]


def test_a_slow_process_is_alive_as_long_as_it_beats_within_its_lease() -> None:
    beats = [number // 4 for number in range(40)]
    assert not any(_seen(Watch(lease_seconds=LEASE), beats))


def test_a_gap_in_the_answers_begins_the_observation_anew() -> None:
    watch = Watch(lease_seconds=LEASE)
    assert not watch.see(_beating(7), asked=0.0, answered=0.0)
    assert not watch.see(_beating(7), asked=100.0, answered=100.0)
    assert not watch.see(_beating(7), asked=107.0, answered=107.0)
    assert watch.see(_beating(7), asked=114.0, answered=114.0) == []
    assert watch.see(_beating(7), asked=115.0, answered=115.0) == _beating(7)


def test_an_answer_that_took_long_proves_nothing_about_the_time_before_it_came() -> None:
    watch = Watch(lease_seconds=LEASE)
    watch.see(_beating(7), asked=0.0, answered=7.0)
    watch.see(_beating(7), asked=7.0, answered=14.0)
    assert watch.see(_beating(7), asked=15.0, answered=21.0) == []
    assert watch.see(_beating(7), asked=22.0, answered=22.0) == _beating(7)


def test_a_new_process_is_timed_from_when_it_was_first_seen() -> None:
    watch = Watch(lease_seconds=LEASE)
    _seen(watch, [7] * 5)
    assert watch.see(_beating(0, uuid4()), asked=20.0, answered=20.0) == []
