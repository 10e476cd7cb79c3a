"""What dead processes leave behind: their deliveries are in doubt, and the target's policy says what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.log.abandoned import Verdict, settle_abandoned
from columba_shared.log.entries import AttemptEntry
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.decision import Decision, InDoubtPolicy, Policy, decide
from columba_consumers.delivery.parcel import is_group
from columba_consumers.outcome import InDoubt, Stage

CHUNK: Final = 200
REASON: Final = "the process died while this was under way"

PARK: Final = Policy(retry=RetryPolicy(), in_doubt=InDoubtPolicy.PARK)
"""For a target of which nobody said here that delivering twice is harmless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """Settles each abandoned delivery once, however many do so at the same time."""

    engine: Engine
    policies: Mapping[str, Policy]
    now: Clock = utc_now

    def settle(self) -> list[StoredDelivery]:
        """Settle a chunk of what ended processes were sending; return it as it now stands.

        Fewer than ``CHUNK`` means that nothing is left.
        """
        now = self.now()
        with self.engine.begin() as connection:
            settled = settle_abandoned(
                connection,
                writer_for(self.engine),
                lambda stored: self._verdict(stored, now),
                limit=CHUNK,
                now=now,
            )
        if settled:
            emit("reconciler.settled", deliveries=len(settled))
        return [_as_settled(stored, verdict, now) for stored, verdict in settled]

    def _verdict(self, stored: StoredDelivery, now: datetime) -> Verdict:
        decision = self._decision(stored, now)
        attempt = AttemptEntry(
            delivery_id=stored.id,
            claim=stored.claim,
            number=decision.attempts,
            outcome=decision.outcome,
            stage=decision.stage.value,
            reply=decision.reply,
            provider_id=None,
            process_id=stored.process_id,
            started_at=stored.updated_at,
            finished_at=now,
        )
        return Verdict(
            state=decision.state,
            reason=decision.reason or REASON,
            due_at=now,
            attempts=decision.attempts,
            attempt=attempt,
        )

    def _decision(self, stored: StoredDelivery, now: datetime) -> Decision:
        """Expand a group again in any case: it spends nothing and tells nobody twice; else ask the target's policy."""
        policy = self.policies.get(stored.target, PARK)
        if is_group(stored.address):
            unbounded = replace(policy.retry, max_attempts=stored.attempts + 2)
            policy = Policy(retry=unbounded, in_doubt=InDoubtPolicy.RESEND)
            decision = decide(InDoubt(reason=REASON), attempts=stored.attempts, policy=policy, now=now)
            return replace(decision, stage=Stage.AUDIENCE, attempts=stored.attempts)
        return decide(InDoubt(reason=REASON), attempts=stored.attempts, policy=policy, now=now)


def _as_settled(stored: StoredDelivery, verdict: Verdict, now: datetime) -> StoredDelivery:
    return replace(
        stored,
        state=verdict.state,
        reason=verdict.reason,
        due_at=verdict.due_at,
        attempts=verdict.attempts,
        process_id=None,
        token=None,
        suspect=True,
        updated_at=now,
    )


def is_to_resend(stored: StoredDelivery) -> bool:
    """Say whether what was settled is to be tried again."""
    return stored.state is State.RETRYING
