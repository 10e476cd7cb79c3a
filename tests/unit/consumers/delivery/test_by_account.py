"""What is decided of an attempt by one of several accounts, and what is written of that."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from columba_consumers.broker.broker import Received
from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.decision import Decision, InDoubtPolicy, Policy
from columba_consumers.delivery.handover import Handover
from columba_consumers.delivery.parcel import unpack
from columba_consumers.delivery.records import settlement
from columba_consumers.errors import DeliveryError, Permanent, TargetDown, Throttled, Unknown
from columba_consumers.pace import Turn
from columba_consumers.targets.target import DeliveryRef, Receipt
from columba_shared import wire
from columba_shared.envelope import Envelope
from columba_shared.event import Event, Recipient
from columba_shared.identity import event_id
from columba_shared.log.entries import Lease
from columba_shared.state import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = Lease(process_id=UUID(int=1), token=1)
POLICY = Policy(
    retry=RetryPolicy(max_attempts=3, first=timedelta(seconds=30), longest=timedelta(hours=1)),
    in_doubt=InDoubtPolicy.PARK,
)


@dataclass
class Place:
    """Every part of a handover: a provider that answers as told, and hears what it is told."""

    answer: DeliveryError | None = None
    reported: list[str] = field(default_factory=list)

    async def screened(self, message: object, _event: Event) -> tuple[object, tuple[str, ...]]:
        """Leave all copies as they are."""
        return message, ()

    def holds(self, _lease: Lease) -> bool:
        """Never lapse."""
        return True

    async def judged(self, _error: Exception, _reference: DeliveryRef, *, target: str) -> None:
        """Have no policy."""
        del target

    async def report(self, error: DeliveryError) -> None:
        """Hear it."""
        self.reported.append(error.reply)

    async def answered(self, destination: str) -> None:
        """Hear it."""
        self.reported.append(f"{destination} answered")

    async def deliver(self, _message: object, _delivery: DeliveryRef) -> Receipt:
        """Answer as told."""
        if self.answer is not None:
            raise self.answer
        return Receipt(reply="250 Ok", provider_id="q-1")


async def decided(answer: DeliveryError | None, **changes: Any) -> tuple[Decision, str | None]:  # noqa: ANN401 - any field
    """Return what was decided, and by which account the attempt is said to have gone."""
    event = Event(id=event_id(), kind="x", target="email", to=(Recipient(address="b@example.org"),), created_at=NOW)
    received = Received(
        body=wire.encode(event),
        headers=Envelope().headers(),
        queue="columba.email.normal",
        key="email.normal",
        content_type=wire.CONTENT_TYPE,
        redelivered=False,
        generation=1,
        tag=1,
    )
    parcel, place = unpack(received, target="email", now=NOW), cast("Any", Place(answer))
    parts = {"rendering": place, "told": place, "frozen": place, "copies": place, "outage": place, "lease": place}
    handover = Handover(policy=POLICY, links=None, now=lambda: NOW, **{**parts, **changes})
    decision = await handover.deliver(parcel, place, "message", LEASE, Turn("example.org"))
    return decision, settlement(parcel, decision, LEASE, started_at=NOW, now=NOW).attempt.account


@pytest.mark.parametrize("error", [TargetDown("connection refused"), Throttled("454 4.7.0 enough")])
async def test_what_an_account_does_not_take_comes_again_at_once_and_spends_nothing(error: DeliveryError) -> None:
    decision, account = await decided(error, account="main", diverts=True)
    assert (decision.state, decision.attempts, decision.outcome, account) == (State.SCHEDULED, 0, "postponed", "main")
    assert decision.due_at - NOW == timedelta(seconds=1)


async def test_where_there_is_no_other_account_it_waits_as_for_a_target() -> None:
    decision, account = await decided(TargetDown("connection refused"), account="main")
    assert (decision.due_at - NOW, account) == (POLICY.retry.while_down, "main")


async def test_what_is_said_of_a_destination_is_heeded_by_all_accounts() -> None:
    decision, _ = await decided(Throttled("450 4.7.28", destination="example.org"), account="main", diverts=True)
    assert decision.due_at - NOW == POLICY.retry.while_down


@pytest.mark.parametrize(
    ("answer", "state"),
    [(None, State.SENT), (Permanent("550 no"), State.DEAD), (Unknown("broken after the mail"), State.IN_DOUBT)],
)
async def test_every_attempt_says_by_which_account_it_was_made(answer: DeliveryError | None, state: State) -> None:
    decision, account = await decided(answer, account="main", diverts=True)
    assert (decision.state, account) == (state, "main")


async def test_a_doubt_makes_others_wait_where_the_provider_itself_is_out_of_order() -> None:
    for error, heard in (
        (Unknown("502: nobody behind me", down=True), ["502: nobody behind me"]),
        (Unknown("cut"), []),
    ):
        place = Place(error)
        decision, _ = await decided(error, outage=cast("Any", place))
        assert (decision.state, place.reported) == (State.IN_DOUBT, heard)


async def test_where_accounts_have_no_names_an_attempt_says_none() -> None:
    assert (await decided(None))[1] is None
