"""What a provider says later: it ends doubts, takes addresses that are gone out of use, and asks what to ask for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from columba_consumers.receipts import ReceiptBook, Word
from columba_shared.event import Recipient
from columba_shared.log import receipts
from columba_shared.log.audit import Deed, acts_on
from columba_shared.log.bounce import Effect, Finding, of_deliveries
from columba_shared.log.engine import reading
from columba_shared.log.entries import Claim
from columba_shared.log.receipts import Taken
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of, lease_of, settlement_of
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


def after_doubt(log: Engine, writer: Writer, address: str, *outcomes: tuple[State, str]) -> Claim:
    """Have one in doubt that is to go again; return the claim that its newest copy can make."""
    claim = claim_of(delivery_of(event_of(target="sms", to=(Recipient(address=address),))))
    for state, outcome in ((State.RETRYING, "in_doubt"), *outcomes):
        settled = settlement_of(claim, state=state, reason="the line broke")
        settled = replace(settled, attempt=replace(settled.attempt, provider_id=None, outcome=outcome))
        with log.begin() as connection:
            assert writer.claim(connection, [claim]) == {}
            writer.settle(connection, [settled])
        claim = replace(claim, claim=claim.claim + 1, lease=lease_of())
    return claim


def test_what_waits_to_go_again_after_a_doubt_is_settled_and_its_copy_finds_nothing_to_do(
    log: Engine, writer: Writer
) -> None:
    waits = after_doubt(log, writer, "+436601234567")
    put_off = after_doubt(log, writer, "+436601234568", (State.SCHEDULED, "postponed"))
    held = after_doubt(log, writer, "+436601234569", (State.HELD, "postponed"))
    begun = after_doubt(log, writer, "+436601234560")
    certain = given(log, writer, "device-certain", State.RETRYING)
    with log.begin() as connection:
        writer.claim(connection, [begun])
    words = [*(word(each.delivery.id) for each in (waits, put_off, held, begun)), word(certain)]
    assert ReceiptBook(log, clock=lambda: LATER).take_in(words) == 3
    for each in (waits, put_off, held):
        row = delivery_row(log, each.delivery.id)
        assert (row.state, row.reason) == ("sent", "settled as sent by columba: exp.host says: as it is")
        with log.begin() as connection:
            assert each.delivery.id in writer.claim(connection, [each])
    assert delivery_row(log, begun.delivery.id).state == "sending"
    assert delivery_row(log, certain).state == "retrying"
    with reading(log) as connection:
        [act] = acts_on(connection, [waits.delivery.id])
    assert (act.what, act.detail["state"]) == (Deed.SETTLED, ["retrying", "sent"])


def test_what_did_not_arrive_goes_again_as_it_was_to(log: Engine, writer: Writer) -> None:
    waits = after_doubt(log, writer, "+436601234567")
    assert ReceiptBook(log, clock=lambda: LATER).take_in([word(waits.delivery.id, Finding.SOFT)]) == 1
    assert delivery_row(log, waits.delivery.id).state == "retrying"


def test_a_word_about_what_waits_after_a_doubt_may_come_before_that_is_known(log: Engine, writer: Writer) -> None:
    waits = after_doubt(log, writer, "+436601234567")
    certain = given(log, writer, "device-certain", State.RETRYING)
    words = [word(waits.delivery.id), word(certain)]
    assert ReceiptBook(log).early(words) == words[:1]


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
