"""Two consumers killed again and again while the mail server stalls after DATA: whatever was in doubt is on record.

The server takes some time over each mail before it has it, and some more before it says so. Whoever is killed meanwhile
leaves mails that it took and mails that it did not, and nobody else knows which.
"""

import random
from collections import Counter
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import pytest
from columba_shared.log.tables import attempt, delivery, process
from sqlalchemy import select

from tests.faults.conftest import Tell
from tests.services.smtp_faults import Faults
from tests.services.smtp_record import accepted, delivery_of
from tests.system.system import Process, System, scaled, until

CONNECTIONS: Final = 5
_NO_END: Final = frozenset({"in_doubt", "postponed"})
"""Outcomes after which a delivery goes on: whoever stood still for longer than a lease postpones what it had begun."""
STALLING: Final = Faults(delay_seconds=0.15, stall_seconds=0.15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What either side has of every delivery: its state and its attempts here, its copies at the mail server."""

    states: dict[UUID, str]
    doubts: Counter[UUID]
    others: Counter[tuple[UUID, str]]
    copies: Counter[UUID]

    def having(self, state: str) -> set[UUID]:
        """Return the deliveries in a state."""
        return {key for key, each in self.states.items() if each == state}


@pytest.mark.parametrize("policy", ["park", "resend"])
def test_after_every_kill_each_delivery_is_sent_or_in_doubt_as_the_policy_says(
    system: System, tell: Tell, policy: str
) -> None:
    mails, kills = scaled(70, 2_000), scaled(3, 50)
    system.settings = {"COLUMBA_EMAIL_IN_DOUBT": policy, "COLUMBA_SMTP_CONNECTIONS": str(CONNECTIONS)}
    system.smtp.set_faults(STALLING)
    addresses = system.enqueue(mails)
    system.start("reconcile")
    kill_again_and_again(system, mails=mails, kills=kills)
    system.smtp.set_faults(Faults())
    until(lambda: system.states().total() == mails, "everything is in the log")
    until(lambda: set(system.states()) <= {"sent", "in_doubt"}, "everything is sent or in doubt")

    books = opened(system)
    assert len(books.states) == len(addresses)
    if policy == "park":
        check_parked(books, at_most=kills * CONNECTIONS)
    else:
        check_resent(books)
    taken_in_doubt = sum(books.copies.values()) - len(books.having("sent"))
    tell(
        f"{policy}: {mails:,} mails, {kills} kills of two consumers: {len(books.having('sent')):,} sent, "
        f"{len(books.having('in_doubt'))} left in doubt, {books.doubts.total()} attempts in doubt, of which the server "
        f"had taken {taken_in_doubt}; {sum(books.copies.values()):,} mails at the server"
    )


def kill_again_and_again(system: System, *, mails: int, kills: int) -> None:
    """Keep two consumers running, and each time kill one of them that is at work, after some progress."""
    chance = random.Random(20261122)  # noqa: S311 - chance for moments, not for secrets
    running = [system.start("work", "email") for _ in range(2)]
    for _ in range(kills):
        goal = min(mails, system.smtp.count().accepted + chance.randint(1, mails // (2 * kills)))
        until(lambda goal=goal: system.smtp.count().accepted >= goal, f"the server has taken {goal} mails")  # type: ignore[misc]
        struck = chance.randrange(2)
        await_at_work(system, running[struck])
        running[struck].kill()
        running[struck] = system.start("work", "email")


def await_at_work(system: System, worker: Process) -> None:
    """Wait until it has something in hand, which it has for a while."""
    claimed = select(delivery.c.id).join(process, process.c.id == delivery.c.process_id)
    in_hand = claimed.where(process.c.pid == worker.pid, delivery.c.state == "sending").limit(1)
    until(lambda: bool(system.rows(in_hand)), "it has something in hand")


def opened(system: System) -> Books:
    """Compare the log with the mail server's own record."""
    attempts = system.rows(select(attempt.c.delivery_id, attempt.c.outcome))
    return Books(
        states={row.id: row.state for row in system.rows(select(delivery.c.id, delivery.c.state))},
        doubts=Counter(row.delivery_id for row in attempts if row.outcome == "in_doubt"),
        others=Counter((row.delivery_id, row.outcome) for row in attempts if row.outcome not in _NO_END),
        copies=Counter(delivery_of(mail) for mail in accepted(system.smtp.entries())),
    )


def check_parked(books: Books, *, at_most: int) -> None:
    """Nothing went twice; what was sent is at the server once; what is in doubt was in somebody's hands at a kill."""
    sent, doubtful = books.having("sent"), books.having("in_doubt")
    assert doubtful, "no kill struck: nothing was proven"
    assert set(books.copies.values()) == {1}, "something was sent again although nobody said so"
    assert sent <= set(books.copies)
    assert set(books.copies) - sent <= doubtful
    assert books.doubts == Counter(dict.fromkeys(doubtful, 1))
    assert books.others == Counter({(key, "sent"): 1 for key in sent})
    assert len(doubtful) <= at_most


def check_resent(books: Books) -> None:
    """Everything was sent in the end; for each copy too many there is an attempt on record that was in doubt."""
    assert set(books.states.values()) == {"sent"}
    assert books.doubts, "no kill struck: nothing was proven"
    assert set(books.copies) == set(books.states)
    assert all(books.copies[key] <= 1 + books.doubts[key] for key in books.states)
    assert books.others == Counter({(key, "sent"): 1 for key in books.states})
