"""Limits that many processes share: kept by the server's own clock, and used to the full."""

from columba_producer import EventRequest

from tests.faults.conftest import Tell
from tests.faults.moments import USED, busiest_second, most_within
from tests.services.smtp_record import accepted
from tests.system.system import System, scaled, until

LIMIT = scaled(40, 100)

SLOWER_BY = 1.05
SLACK_SECONDS = scaled(5, 0)
"""A small run takes half a second, and a few on a busy machine; starved, it would take fifteen."""


def test_a_limit_is_shared_by_all_consumers_and_used_to_the_full(system: System, tell: Tell) -> None:
    seconds = scaled(4, 20)
    system.enqueue(LIMIT * (seconds + 20))
    workers = [system.start("work", "email", COLUMBA_EMAIL_RATE=f"{LIMIT}/s") for _ in range(4)]
    until(lambda: all(worker.told("target.ready") for worker in workers), "four consumers are at work")
    begun = system.smtp.count().accepted
    until(lambda: system.smtp.count().accepted >= begun + LIMIT * (seconds + 1), "the time is over")
    moments = sorted(mail.time for mail in accepted(system.smtp.entries()))
    start = moments[begun + LIMIT // 2]
    within = [moment for moment in moments if start <= moment < start + seconds]
    tell(f"{LIMIT}/s shared by 4 for {seconds} s: {len(within):,}, at most {busiest_second(moments)} in a second")
    assert busiest_second(moments) <= most_within(1, LIMIT)
    assert USED * LIMIT * seconds <= len(within) <= most_within(seconds, LIMIT)
    assert all(worker.running for worker in workers)


def _seconds_for_the_rest(system: System, name: str, rates: str) -> float:
    """Deliver many mails with a few to a slow domain among them; return how long the many took."""
    rest, every = scaled(300, 16_000), scaled(20, 40)
    with system.producer() as producer:
        producer.enqueue_many(
            EventRequest(kind="invoice.ready", to=f"{name}{number}@{domain}", context={"number": number})
            for number in range(rest)
            for domain in (("quick.example", "slow.example") if number % every == 0 else ("quick.example",))
        )
    before = system.smtp.count().accepted
    worker = system.start("work", "email", COLUMBA_EMAIL_RATES=rates)

    def arrived(domain: str) -> list[float]:
        mails = accepted(system.smtp.entries())
        return sorted(mail.time for mail in mails if mail.rcpt_to[0].startswith(name) and domain in mail.rcpt_to[0])

    until(
        lambda: system.smtp.count().accepted >= before + rest, "as many have arrived"
    )  # reading all of them costs time
    until(lambda: len(arrived("quick.example")) >= rest, "the rest has arrived")
    quick = arrived("quick.example")
    seconds = quick[-1] - quick[0]
    if rates:
        assert sum(moment <= quick[-1] for moment in arrived("slow.example")) <= seconds + 2
    else:
        until(lambda: len(arrived("slow.example")) == rest // every, "all have arrived")
    assert worker.stop() == 0
    return seconds


def test_a_slow_domain_slows_nobody_else(system: System, tell: Tell) -> None:
    plain, slowed = [], []
    for number in range(scaled(1, 4)):
        plain.append(_seconds_for_the_rest(system, f"plain-{number}-", ""))
        slowed.append(_seconds_for_the_rest(system, f"slowed-{number}-", "slow.example=1/s"))
    tell(f"the rest took {sum(plain):.2f} s, and {sum(slowed):.2f} s beside a domain that takes one a second")
    assert sum(slowed) <= sum(plain) * SLOWER_BY + SLACK_SECONDS
