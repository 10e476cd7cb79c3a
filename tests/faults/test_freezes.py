"""A consumer that stands still for longer than its lease, as in a paused container, and then goes on."""

import os
import signal
from collections import Counter
from datetime import datetime
from uuid import UUID

from columba_shared.clock import utc_now
from columba_shared.log.tables import attempt, delivery
from sqlalchemy import select

from tests.services.smtp_faults import Faults
from tests.services.smtp_record import accepted
from tests.system.system import System, scaled, until


def test_what_a_frozen_consumer_had_in_hand_is_doubled_only_on_record(system: System) -> None:
    mails = scaled(200, 10_000)
    addresses = system.enqueue(mails)
    system.smtp.set_faults(Faults(delay_seconds=0.4))
    system.start("reconcile")
    frozen = system.start("work", "email")
    until(lambda: system.smtp.count().accepted >= mails // 4, "a quarter is delivered")
    system.smtp.set_faults(Faults(delay_seconds=2))  # so that it has something in hand when it freezes
    slow_from = utc_now()
    until(lambda: _begun_since(system, slow_from), "it has something in hand for a while")
    os.kill(frozen.pid, signal.SIGSTOP)
    system.smtp.set_faults(Faults())
    other = system.start("work", "email")
    until(lambda: system.outcomes()["in_doubt"] > 0, "the frozen one is taken to be dead")
    os.kill(frozen.pid, signal.SIGCONT)
    system.await_states({"sent": mails})
    until(lambda: frozen.told("lease.lost"), "the frozen one knows")
    assert [process.stop() for process in (frozen, other)] == [0, 0]

    taken = accepted(system.smtp.entries())
    copies = Counter(mail.rcpt_to[0] for mail in taken)
    assert set(copies) == set(addresses)
    doubled = {UUID(hex=mail.message_id[1:33]) for mail in taken if copies[mail.rcpt_to[0]] > 1}
    query = select(attempt.c.delivery_id).where(attempt.c.outcome == "in_doubt")
    assert doubled <= {row.delivery_id for row in system.rows(query)}
    assert len(taken) - mails <= system.outcomes()["in_doubt"]


def _begun_since(system: System, when: datetime) -> bool:
    query = select(delivery.c.id).where(delivery.c.state == "sending", delivery.c.updated_at > when).limit(1)
    return bool(system.rows(query))
