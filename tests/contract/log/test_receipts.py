"""What a provider says later: it ends doubts, takes addresses that are gone out of use, and asks what to ask for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from columba_consumers.receipts import ReceiptBook, Word
from columba_shared.event import Recipient
from columba_shared.log import receipts
from columba_shared.log.bounce import Effect, Finding, of_deliveries
from columba_shared.log.engine import reading
from columba_shared.log.receipts import Taken
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of, settlement_of
from tests.contract.log.stored import delivery_row


def given(
    log: Engine, writer: Writer, address: str, state: State, *, ticket: str | None = None, reason: str | None = None
) -> UUID:
    """Have one delivered to a device, with this outcome, under the provider's id if it gave one."""
    claim = claim_of(delivery_of(event_of(target="push", to=(Recipient(address=address),))))
    settled = settlement_of(claim, state=state, reason=reason)
    settled = replace(settled, attempt=replace(settled.attempt, provider_id=ticket, outcome=state.value))
    with log.begin() as connection:
        writer.claim(connection, [claim])
        writer.settle(connection, [settled])
    return claim.delivery.id


def word(delivery_id: UUID, finding: Finding | None = None) -> Word:
    """Return what a provider says."""
    return Word(delivery_id=delivery_id, provider="exp.host", told="as it is", finding=finding)


def test_a_doubt_ends_with_the_providers_word_and_what_did_not_arrive_is_kept(log: Engine, writer: Writer) -> None:
    book = ReceiptBook(log, clock=lambda: LATER)
    doubtful = given(log, writer, "device-doubtful", State.IN_DOUBT, reason="the line broke")
    gone = given(log, writer, "device-gone", State.SENT)
    fine = given(log, writer, "device-fine", State.SENT)
    words = [word(doubtful), word(gone, Finding.HARD), word(fine), word(UUID(int=7))]
    assert book.take_in(words) == 2
    assert book.take_in(words) == 0
    row = delivery_row(log, doubtful)
    assert (row.state, row.reason) == ("sent", "settled as sent by columba: exp.host says: as it is")
    with reading(log) as connection:
        (bounce,) = of_deliveries(connection, [doubtful, gone, fine])
    assert (bounce.delivery_id, bounce.effect) == (gone, Effect.SUPPRESSED)


def test_what_was_sent_in_a_time_is_found_step_by_step_with_the_providers_ids(log: Engine, writer: Writer) -> None:
    sent = [given(log, writer, f"device-{number}", State.SENT, ticket=f"t-{number}") for number in range(5)]
    given(log, writer, "device-none", State.SENT)
    given(log, writer, "device-dead", State.DEAD, ticket="t-dead")
    found: list[Taken] = []
    while some := ask(log, found):
        found += some
    mine = [each for each in found if each.delivery_id in sent]
    assert {each.provider_id for each in mine} == {f"t-{number}" for number in range(5)}
    assert len(mine) == 5
    assert "t-dead" not in {each.provider_id for each in found}


def ask(log: Engine, found: Sequence[Taken]) -> Sequence[Taken]:
    """Return the next two."""
    with reading(log) as connection:
        return receipts.taken(
            connection,
            "push",
            since=NOW - timedelta(days=1),
            until=LATER + timedelta(days=1),
            after=found[-1] if found else None,
            limit=2,
        )
