"""What people say became of deliveries in doubt: one answer counts, whoever else has one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from columba_shared.log import doubts, forgetting
from columba_shared.log.audit import Author, Deed, acts_on
from columba_shared.log.doubts import Finding
from columba_shared.log.engine import reading
from columba_shared.log.entries import Claim
from columba_shared.log.moderated import Done, Meant, Why
from columba_shared.log.person import Person
from columba_shared.log.transacting import transact
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, lease_of, settlement_of
from tests.contract.log.stored import delivery_row

CAROL = Author(who="carol", why="the server has no trace of it")
DOUBT = "the server closed the connection (after the mail, before the answer)"
Say = Callable[[Finding], Done]


@pytest.fixture
def claimed(log: Engine, writer: Writer) -> Claim:
    """A delivery in doubt, and the claim that left it so."""
    claim = claim_of(delivery_of())
    with log.begin() as connection:
        writer.claim(connection, [claim])
        writer.settle(connection, [settlement_of(claim, state=State.IN_DOUBT, reason=DOUBT)])
    return claim


@pytest.fixture
def say(log: Engine, claimed: Claim) -> Say:
    """Settle it."""
    meant = [Meant(delivery_id=claimed.delivery.id)]
    return lambda finding: transact(
        log, lambda connection: doubts.settle(connection, meant, CAROL, now=LATER, finding=finding)
    )


def stands(log: Engine, key: UUID) -> tuple[str, str | None]:
    row = delivery_row(log, key)
    return row.state, row.reason


def test_what_was_sent_after_all_is_sent_and_says_who_said_so(log: Engine, claimed: Claim, say: Say) -> None:
    done = say(Finding.SENT)
    assert (done.done, done.going) == ([claimed.delivery.id], [])
    said = "settled as sent by carol: the server has no trace of it"
    assert stands(log, claimed.delivery.id) == ("sent", said)
    assert delivery_row(log, claimed.delivery.id).cause is None


def test_what_goes_again_is_due_now_and_keeps_the_attempts_it_has_spent(log: Engine, claimed: Claim, say: Say) -> None:
    [going] = say(Finding.RESEND).going
    row = delivery_row(log, claimed.delivery.id)
    assert (going.id, row.state, row.due_at, row.attempts) == (claimed.delivery.id, "retrying", LATER, 1)
    assert (row.cause, row.handed_on, row.token) == (None, False, None)


def test_what_is_given_up_keeps_the_cause_of_the_doubt_and_needs_a_dead_letter(
    log: Engine, claimed: Claim, say: Say
) -> None:
    before = delivery_row(log, claimed.delivery.id)
    [going] = say(Finding.DEAD).going
    assert (going.id, going.state, going.reason) == (claimed.delivery.id, State.DEAD, DOUBT)
    row = delivery_row(log, claimed.delivery.id)
    assert (row.reason, row.cause) == (DOUBT, before.cause)
    assert row.cause is not None


@pytest.mark.parametrize("finding", Finding)
def test_it_is_written_down_who_settled_it_as_what_and_why(
    log: Engine, claimed: Claim, say: Say, finding: Finding
) -> None:
    say(finding)
    with reading(log) as connection:
        [act] = acts_on(connection, [claimed.delivery.id])
    assert (act.what, act.author, act.detail["as"]) == (Deed.SETTLED, CAROL, finding.value)


@pytest.mark.parametrize("finding", Finding)
def test_saying_it_twice_changes_nothing_twice(log: Engine, say: Say, claimed: Claim, finding: Finding) -> None:
    say(finding)
    before = delivery_row(log, claimed.delivery.id)
    assert [each.why for each in say(finding).left] == [Why.ALREADY]
    assert delivery_row(log, claimed.delivery.id) == before


def test_of_two_who_say_different_things_at_once_one_wins(log: Engine, say: Say, claimed: Claim) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(say, (Finding.SENT, Finding.DEAD)))
    assert sorted(len(each.done) for each in done) == [0, 1]
    assert [each.why for one in done for each in one.left] == [Why.CERTAIN]
    won = "sent" if done[0].done else "dead"
    assert delivery_row(log, claimed.delivery.id).state == won


@pytest.mark.parametrize("finding", Finding)
def test_a_late_outcome_of_the_claim_in_doubt_counts_no_more(
    log: Engine, writer: Writer, claimed: Claim, say: Say, finding: Finding
) -> None:
    say(finding)
    before = delivery_row(log, claimed.delivery.id)
    with log.begin() as connection:
        late = settlement_of(claimed, state=State.RETRYING, at=LATER)
        assert writer.settle(connection, [late]) == set()
    assert delivery_row(log, claimed.delivery.id) == before


def test_no_older_copy_can_claim_what_goes_again_and_the_new_one_can(
    log: Engine, writer: Writer, claimed: Claim, say: Say
) -> None:
    [going] = say(Finding.RESEND).going
    older = claim_of(claimed.delivery, claim=1, lease=lease_of())
    with log.begin() as connection:
        assert claimed.delivery.id in writer.claim(connection, [older])
    with log.begin() as connection:
        newer = replace(older, claim=going.claim, revision=going.revision)
        assert writer.claim(connection, [newer]) == {}


def test_what_is_in_no_doubt_is_left_alone(log: Engine, writer: Writer) -> None:
    claim = claim_of(delivery_of())
    with log.begin() as connection:
        writer.claim(connection, [claim])
    with log.begin() as connection:
        meant = [Meant(delivery_id=claim.delivery.id)]
        done = doubts.settle(connection, meant, CAROL, now=LATER, finding=Finding.RESEND)
    assert [(each.why, each.state) for each in done.left] == [(Why.CERTAIN, State.SENDING)]
    assert delivery_row(log, claim.delivery.id).state == "sending"


def test_nothing_goes_again_to_somebody_whom_nobody_may_remember(log: Engine, claimed: Claim, say: Say) -> None:
    with log.begin() as connection:
        forgetting.bury(connection, Person(addresses=(claimed.delivery.address,)), CAROL, now=NOW)
    assert [each.why for each in say(Finding.RESEND).left] == [Why.FORGOTTEN]
    assert delivery_row(log, claimed.delivery.id).state == "in_doubt"


@pytest.mark.parametrize("finding", Finding)
def test_what_was_found_out_about_one_doubt_settles_no_later_one(log: Engine, claimed: Claim, finding: Finding) -> None:
    meant = [Meant(delivery_id=claimed.delivery.id, revision=0, claim=0)]
    done = transact(log, lambda connection: doubts.settle(connection, meant, CAROL, now=LATER, finding=finding))
    assert (list(done.done), [each.why for each in done.left]) == ([], [Why.CHANGED])
    meant = [Meant(delivery_id=claimed.delivery.id, revision=0, claim=1)]
    done = transact(log, lambda connection: doubts.settle(connection, meant, CAROL, now=LATER, finding=finding))
    assert done.done == [claimed.delivery.id]
