"""What is dead goes again by a decision about each: once, as it was looked at, and only if it is still wanted."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from columba_shared.event import Recipient
from columba_shared.log import forgetting
from columba_shared.log.audit import Author, Deed, acts_on
from columba_shared.log.engine import reading
from columba_shared.log.keys import Filing, file
from columba_shared.log.moderated import Done, Meant, Why
from columba_shared.log.optouts import Refusal, opt_out
from columba_shared.log.person import Person
from columba_shared.log.reopening import reopen
from columba_shared.log.retrying import retry
from columba_shared.log.tables import delivery
from columba_shared.log.transacting import transact
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine, update

from tests.contract.log.entries import LATER, NOW, deliveries, delivery_of, event_of, recorded
from tests.contract.log.filling import conclude, record
from tests.contract.log.stored import delivery_row

CAROL = Author(who="carol", why="the template is mended")


def retried(log: Engine, *meant: Meant) -> Done:
    return transact(log, lambda connection: retry(connection, meant, CAROL, now=LATER))


def dead(log: Engine, count: int) -> list[Meant]:
    """Record that many dead deliveries, and look at them."""
    entries = deliveries(count)
    conclude(log, *entries, state=State.DEAD, reason="550 no")
    return [Meant(delivery_id=key, revision=0, claim=1) for key in sorted(each.id for each in entries)]


def whys(done: Done) -> list[tuple[Why, str]]:
    assert (list(done.done), list(done.going)) == ([], [])
    return [(each.why, each.said) for each in done.left]


def test_what_is_dead_goes_again_and_who_let_it_is_on_record(log: Engine) -> None:
    meant = dead(log, 2)
    done = retried(log, *meant, meant[0])
    ids = [each.delivery_id for each in meant]
    assert (list(done.done), list(done.left), [each.id for each in done.going]) == (ids, [], ids)
    row = delivery_row(log, ids[0])
    assert (row.state, row.reason, row.due_at, row.asked_at, row.attempts, row.claim) == (
        "scheduled",
        None,
        LATER,
        LATER,
        0,
        2,
    )
    with reading(log) as connection:
        acts = acts_on(connection, ids)
    assert [(each.author, each.what, each.detail["reason"]) for each in acts] == [(CAROL, Deed.RETRIED, "550 no")] * 2


def test_doing_it_twice_or_two_at_once_retries_nothing_twice(log: Engine) -> None:
    meant, start = dead(log, 20), Barrier(2)

    def run(mine: Sequence[Meant]) -> Done:
        start.wait(timeout=30)
        return retried(log, *mine)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(run, [meant, meant[::-1]])
    assert sorted([*one.done, *other.done]) == [each.delivery_id for each in meant]
    assert {each.why for each in (*one.left, *other.left, *retried(log, *meant).left)} == {Why.ALREADY}
    assert {delivery_row(log, each.delivery_id).claim for each in meant} == {2}


def test_what_has_changed_or_died_anew_since_it_was_looked_at_stays(log: Engine) -> None:
    first, second = dead(log, 2)
    with log.begin() as connection:
        connection.execute(update(delivery).where(delivery.c.id == first.delivery_id).values(revision=1))
        reopen(connection, [second.delivery_id], now=LATER)
        connection.execute(update(delivery).where(delivery.c.id == second.delivery_id).values(state="dead"))
    assert whys(retried(log, first, second)) == [(Why.CHANGED, Why.CHANGED)] * 2
    assert len(retried(log, Meant(delivery_id=second.delivery_id)).done) == 1


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State.SCHEDULED, Why.ALREADY),
        (State.SENDING, Why.TOO_LATE),
        (State.SENT, Why.TOO_LATE),
        (State.IN_DOUBT, Why.TOO_LATE),
        (State.HELD, Why.OVER),
        (State.CANCELLED, Why.OVER),
    ],
)
def test_what_is_in_another_state_stays(log: Engine, state: State, why: Why) -> None:
    entry = delivery_of(state=state)
    record(log, entry)
    assert whys(retried(log, Meant(delivery_id=entry.id))) == [(why, why)]
    assert delivery_row(log, entry.id).state == state


def test_why_what_should_not_go_stays_is_told_in_words(log: Engine) -> None:
    ann = Recipient(address="ann@example.org", user="42")
    unwanted, late, keyed = event_of(to=(ann,)), event_of(expires_at=LATER), event_of(key="invoice:1")
    newer = event_of(key="invoice:1")
    entries = [delivery_of(each, user=each.to[0].user) for each in (unwanted, late, keyed)]
    conclude(log, *entries, state=State.DEAD, reason="550 no")
    with log.begin() as connection:
        opt_out(connection, Refusal(user="42", category="invoice"), CAROL, now=NOW)
        file(connection, writer_for(log), [Filing(event=recorded(newer), deliveries=[delivery_of(newer)], at=NOW)])
    told = [whys(retried(log, Meant(delivery_id=each.id)))[0] for each in entries]
    assert told == [
        (Why.UNWANTED, "opted out of invoice"),
        (Why.EXPIRED, f"expired at {LATER.isoformat(timespec='seconds')}"),
        (Why.REPLACED, "something newer under its key takes its place"),
    ]
    assert {delivery_row(log, each.id).state for each in entries} == {"dead"}
    assert whys(retried(log, Meant(delivery_id=uuid4()))) == [(Why.UNKNOWN, Why.UNKNOWN)]


def test_what_is_for_somebody_forgotten_stays(log: Engine) -> None:
    (meant,) = dead(log, 1)
    with log.begin() as connection:
        forgetting.bury(connection, Person(addresses=("bob@example.org",)), CAROL, now=NOW)
    ((why, _),) = whys(retried(log, meant))
    assert why is Why.FORGOTTEN
