"""Decisions at the last moment: whatever is said to be stopped is not sent, and the rest is said to be too late."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from columba_consumers.moderation import Moderation, Tally
from columba_producer import EventRequest
from columba_shared.log.audit import Author
from columba_shared.log.cutoffs import Reach
from columba_shared.log.moderated import Meant, Why
from columba_shared.log.orders import Action
from columba_shared.log.tables import attempt, delivery
from sqlalchemy import select

from tests.faults.conftest import Tell
from tests.services.smtp_faults import Faults
from tests.services.smtp_record import accepted
from tests.system.system import System, scaled, until

CAROL: Final = Author(who="carol", why="wrong price")
STOPPED: Final = {"cancel": "cancelled", "hold": "held"}


def start(system: System) -> None:
    """Start everything that delivers."""
    commands = (("up",),) if system.is_embedded else (("ledger",), ("reconcile",), ("work", "email"))
    processes = [system.start(*command) for command in commands]
    until(lambda: all(process.told("process.started") for process in processes), "everything has started")


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided about which delivery, and when."""

    at: datetime
    address: str
    what: str


def publish_deferred(system: System, count: int, chance: random.Random, over_seconds: float) -> dict[str, datetime]:
    """Publish mails for moments spread over a while; return when each is due."""
    first = datetime.now(UTC) + timedelta(seconds=4)
    due = {
        f"d{number:05}@example.org": first + timedelta(seconds=chance.uniform(0, over_seconds))
        for number in range(count)
    }
    requests = (EventRequest(kind="invoice.ready", to=to, at=at, context={"number": 1}) for to, at in due.items())
    with system.producer() as producer:
        producer.enqueue_many(requests)
    return due


def decide_at_random(system: System, due: Mapping[str, datetime], chance: random.Random) -> dict[Decision, Tally]:
    """Cancel or hold each within a second of its due time, half of them within some hundredths; return the answers."""
    ids: dict[str, UUID] = {row.address: row.id for row in system.rows(select(delivery.c.address, delivery.c.id))}
    assert ids.keys() == due.keys()
    decisions = [
        Decision(
            at + timedelta(seconds=chance.choice((chance.uniform(-1, 1), chance.gauss(0, 0.02)))),
            to,
            chance.choice(list(STOPPED)),
        )
        for to, at in due.items()
    ]
    moderation, answers = Moderation(engine=system.engine), {}
    for decision in sorted(decisions, key=lambda each: each.at):
        time.sleep(max(0.0, (decision.at - datetime.now(UTC)).total_seconds()))
        decide = moderation.cancel if decision.what == "cancel" else moderation.hold
        answers[decision] = asyncio.run(decide([Meant(delivery_id=ids[decision.address])], CAROL))
    return answers


def test_what_is_said_to_be_stopped_is_never_sent_and_what_is_too_late_was(either: System, tell: Tell) -> None:
    chance = random.Random(19890309)  # noqa: S311 - chance for moments, not for secrets
    start(either)
    due = publish_deferred(either, scaled(100, 1000), chance, scaled(2, 20))
    until(lambda: either.states().total() == len(due), "everything is in the log")
    answers = decide_at_random(either, due, chance)
    until(lambda: not either.states().keys() & {"scheduled", "sending", "retrying"}, "everything is over")

    mails = Counter(mail.rcpt_to[0] for mail in accepted(either.smtp.entries()))
    stopped = {each.address: STOPPED[each.what] for each, tally in answers.items() if tally.done}
    too_late = {each.address for each, tally in answers.items() if tally.left[Why.TOO_LATE]}
    tell(f"{len(due)} decisions: {len(stopped)} stopped, {len(too_late)} too late")
    assert stopped.keys() | too_late == due.keys()
    assert stopped
    assert too_late
    assert mails == Counter(too_late)
    states = {row.address: row.state for row in either.rows(select(delivery.c.address, delivery.c.state))}
    assert states == stopped | dict.fromkeys(too_late, "sent")


def _all_over(system: System, total: int) -> Callable[[], bool]:
    over = {"sent", "cancelled"}
    return lambda: system.states().keys() <= over and system.states().total() == total


def test_after_everything_pending_is_cancelled_nothing_of_it_is_claimed(either: System, tell: Tell) -> None:
    mails, deferred = scaled(250, 20_000), 50
    either.enqueue(mails)
    either.smtp.set_faults(Faults(delay_seconds=scaled(3, 0) / 10))  # so that there is a middle
    publish_deferred(either, deferred, random.Random(1), 1)  # noqa: S311 - as above
    start(either)
    until(lambda: either.smtp.count().accepted > mails // 10, "a tenth is delivered")
    moderation = Moderation(engine=either.engine)
    stopped = asyncio.run(moderation.stop_all(Action.CANCEL, Reach(kind="invoice.*"), CAROL))
    returned = time.time()
    either.smtp.set_faults(Faults())
    afterwards = either.enqueue(20, name="after")
    until(_all_over(either, mails + deferred + len(afterwards)), "everything is over")

    taken = accepted(either.smtp.entries())
    old = [mail for mail in taken if not mail.rcpt_to[0].startswith("after")]
    late = [mail for mail in old if mail.time > returned]
    tell(f"{mails:,}: {len(old):,} sent, {stopped.tally.done:,} rows cancelled, {stopped.sending} too late")
    assert len(late) <= stopped.sending
    assert 0 < len(old) < mails
    assert Counter(mail.rcpt_to[0] for mail in taken if mail not in old) == Counter(afterwards)
    assert either.states() == {"sent": len(taken), "cancelled": mails + deferred - len(old)}
    claimed = select(attempt.c.started_at).join(delivery, delivery.c.id == attempt.c.delivery_id)
    begun = either.rows(claimed.where(delivery.c.address.not_like("after%"), attempt.c.outcome == "sent"))
    assert max(row.started_at for row in begun) <= stopped.in_force_at


def test_what_no_row_is_known_of_yet_is_stopped_as_well(either: System) -> None:
    addresses = either.enqueue(100)
    stopped = asyncio.run(Moderation(engine=either.engine).stop_all(Action.HOLD, Reach(), CAROL))
    assert (stopped.tally.done, either.states()) == (0, {})
    start(either)
    either.await_states({"held": len(addresses)})
    assert either.smtp.count().accepted == 0
    held = [Meant(delivery_id=row.id) for row in either.rows(select(delivery.c.id))]
    tally = asyncio.run(Moderation(engine=either.engine).approve(held, CAROL))
    assert tally.done == len(addresses)
    either.await_states({"sent": len(addresses)})
