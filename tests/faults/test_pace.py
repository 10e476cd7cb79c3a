"""Limits that many processes share: kept by the server's own clock, and used to the full."""

from bisect import bisect_left
from collections.abc import Sequence

from tests.faults.conftest import Tell
from tests.services.smtp_record import accepted
from tests.system.system import System, scaled, until

LIMIT = 100
MOST_IN_A_SECOND = 105


def busiest_second(moments: Sequence[float]) -> int:
    """Return how many moments at most lie within one second, wherever it begins."""
    return max(bisect_left(moments, moment + 1.0) - index for index, moment in enumerate(moments))


def test_a_limit_is_shared_by_all_consumers_and_used_to_the_full(system: System, tell: Tell) -> None:
    seconds = scaled(5, 20)
    system.enqueue(LIMIT * (seconds + 4))
    workers = [system.start("work", "email", COLUMBA_EMAIL_RATE=f"{LIMIT}/s") for _ in range(4)]
    until(lambda: all(worker.told("target.ready") for worker in workers), "four consumers are at work")
    begun = system.smtp.count().accepted
    until(lambda: system.smtp.count().accepted >= begun + LIMIT * (seconds + 1), "the time is over")
    moments = sorted(mail.time for mail in accepted(system.smtp.entries()))
    start = moments[begun + LIMIT // 2]
    within = [moment for moment in moments if start <= moment < start + seconds]
    tell(f"{LIMIT}/s shared by 4 for {seconds} s: {len(within):,}, at most {busiest_second(moments)} in a second")
    assert busiest_second(moments) <= MOST_IN_A_SECOND
    assert 0.95 * LIMIT * seconds <= len(within) <= LIMIT * seconds
    assert all(worker.running for worker in workers)
