"""A ledger that is away: what is published meanwhile is neither early nor lost, and holds are respected."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

from columba_producer import EventRequest
from columba_shared.log.tables import attempt, delivery
from sqlalchemy import select

from tests.faults.conftest import Tell
from tests.services.smtp_record import accepted
from tests.system.system import System, scaled, until

KEYS: Final = 20
ROUNDS: Final = 5


def publish(system: System, each: int, away_seconds: int) -> tuple[dict[str, datetime], list[str], list[str]]:
    """Publish deferred, held and keyed events, due while the ledger is away and after; return whom each is for."""
    now = datetime.now(UTC)
    deferred = {
        f"later{number:04}@example.org": now + timedelta(seconds=1 + 1.5 * away_seconds * number / each)
        for number in range(each)
    }
    held = [f"held{number:04}@example.org" for number in range(each)]
    keyed = [f"keyed{number:04}@example.org" for number in range(KEYS)]
    due = now + timedelta(seconds=away_seconds / 2)
    with system.producer() as producer:
        producer.enqueue_many(
            EventRequest(kind="invoice.ready", to=to, at=at, context={"number": 1}) for to, at in deferred.items()
        )
        producer.enqueue_many(
            EventRequest(kind="invoice.ready", to=to, hold=True, at=due, context={"number": 1}) for to in held
        )
        producer.enqueue_many(
            EventRequest(kind="invoice.ready", to=to, key=to, at=due, context={"number": number})
            for number in range(ROUNDS)
            for to in keyed
        )
    return deferred, held, keyed


def test_what_comes_while_the_ledger_is_stopped_is_neither_early_nor_lost_and_holds_are_kept(
    system: System, tell: Tell
) -> None:
    away, each = scaled(5, 60), scaled(50, 2000)
    ledger = system.start("ledger")
    others = [system.start("reconcile"), system.start("work", "email")]
    until(lambda: all(process.told("process.started") for process in (ledger, *others)), "everything has started")
    assert ledger.stop() == 0
    deferred, held, keyed = publish(system, each, away)
    time.sleep(away)  # how long the ledger is away, which is what the test is about
    assert not [mail for mail in accepted(system.smtp.entries()) if mail.rcpt_to[0] not in deferred]
    system.start("ledger")
    system.await_states({"sent": each + KEYS, "held": each, "superseded": KEYS * (ROUNDS - 1)})

    mails = Counter(mail.rcpt_to[0] for mail in accepted(system.smtp.entries()))
    assert mails == Counter([*deferred, *keyed])
    begun = select(delivery.c.address, attempt.c.started_at).join(attempt, attempt.c.delivery_id == delivery.c.id)
    started = {row.address: row.started_at for row in system.rows(begun)}
    assert not [address for address, at in deferred.items() if started[address] < at]
    states = {row.state for row in system.rows(select(delivery.c.state).where(delivery.c.address.in_(held)))}
    assert states == {"held"}
    tell(f"the ledger was away for {away} s: {len(deferred)} deferred, {len(keyed)} keyed sent once, {len(held)} held")
