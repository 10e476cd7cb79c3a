"""Succession: whether a target of a chain has its turn, from how the others stand. Nothing but rules."""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from columba_shared.chain import between, place_of
from columba_shared.log.relatives import Relative, Subject
from columba_shared.log.types import MAX_TEXT
from columba_shared.state import CLAIMABLE, State

WHILE_SENDING: Final = timedelta(seconds=5)
"""So long waits what may go only once another target's attempt is over."""
SHORTEST_LOOK: Final = timedelta(minutes=1)
"""What is held may be held for days: nobody looks more often than that whether it is still."""
INSTEAD: Final = "went by"
"""How the reason begins of a delivery in whose place another target's went."""
WAITS: Final = "waits: "
"""How the reason begins of a delivery that waits for another target's."""
CAPPED: Final = "capped: "
_FAILED: Final = frozenset({State.DEAD, State.SUPPRESSED, State.EXPIRED, State.IN_DOUBT, State.SENT})
"""What was sent and reached somebody ends the others before this is asked: else it came back."""
_DECIDED: Final = frozenset({State.CANCELLED, State.SKIPPED, State.SUPERSEDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """It has its turn; ``instead`` are those before it that wait still, and do not go any more."""

    instead: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """It is not its turn yet."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """It does not go."""

    state: State
    reason: str


Judgement = Go | Wait | End


def turn_of(
    subject: Subject, relatives: Collection[Relative], *, reached: AbstractSet[UUID], now: datetime
) -> Judgement:
    """Say whether this delivery goes now.

    Of two targets of a chain at most one has somebody at its provider, and none after one that reached them: earlier or
    later in the chain makes no difference to that. Whether one that failed is followed does: what people or the app
    decided about it holds for those after it.
    """
    others = [each for each in relatives if each.target != subject.target]
    if (overtaken := overtaken_by(subject, others, reached=reached)) is not None:
        return overtaken
    sending = next((each for each in others if each.state is State.SENDING), None)
    if sending is not None:
        return _wait(now + WHILE_SENDING, f"{sending.target} is at it")
    mine = place_of(subject.chain, subject.target)
    earlier = [each for each in others if place_of(subject.chain, each.target) < mine]
    if not mine:
        return Go()
    if subject.asked_at is None and (waiting := _waiting(subject, earlier, now)) is not None:
        return waiting
    return _decided(earlier) or Go(instead=_instead(subject, earlier))


def overtaken_by(subject: Subject, relatives: Collection[Relative], *, reached: AbstractSet[UUID]) -> End | None:
    """Return how it ends when another target has reached its person; None: none has."""
    found = next((each for each in relatives if each.id in reached and each.target != subject.target), None)
    if found is None:
        return None
    moment = found.updated_at.isoformat(timespec="seconds")
    return End(state=State.SKIPPED, reason=f"{found.target} had it at {moment}")


def _waiting(subject: Subject, earlier: Sequence[Relative], now: datetime) -> Wait | None:
    """Return for what it waits, unless somebody made it go by hand.

    What is held may still be let go. What people have put off, or made go again, has as long from then as it would have
    had: the clock of a fallback begins when the one before it is due.
    """
    first, shortest = subject.chain[0], max(SHORTEST_LOOK, between(subject.chain, _before(subject), subject.target))
    held = next((each.target for each in earlier if each.state is State.HELD), None)
    if held is None and first.hold and not earlier:
        held = first.target
    if held is not None:
        return _wait(now + shortest, f"{held} is held")
    for each in earlier:
        begun = each.asked_at or (each.due_at if each.claim == 0 else None)
        if each.state in CLAIMABLE and begun is not None:
            until = begun + between(subject.chain, each.target, subject.target)
            if until > now:
                return _wait(until, f"{each.target} goes first")
    return None


def _before(subject: Subject) -> str:
    return subject.chain[place_of(subject.chain, subject.target) - 1].target


def _wait(until: datetime, why: str) -> Wait:
    return Wait(until=until, reason=f"{WAITS}{why}")


def _decided(earlier: Sequence[Relative]) -> End | None:
    """Return the decision that holds for what comes after as well; None: nothing was decided, or something failed."""
    if any(has_failed(each) or each.state in {*CLAIMABLE, State.HELD} for each in earlier):
        return None
    found = next((each for each in earlier if _is_decision(each)), None)
    if found is None:
        return None
    return End(state=found.state, reason=f"as {found.target} was: {found.reason or found.state}"[:MAX_TEXT])


def has_failed(each: Relative) -> bool:
    """Say whether it came to nothing although nobody wanted that: what is over a cap was wanted so."""
    return each.state in _FAILED and not _is_capped(each)


def _is_decision(each: Relative) -> bool:
    given_way = each.state is State.SUPERSEDED and (each.reason or "").startswith(INSTEAD)
    return _is_capped(each) or (each.state in _DECIDED and not given_way)


def _is_capped(each: Relative) -> bool:
    return each.state is State.SUPPRESSED and (each.reason or "").startswith(CAPPED)


def _instead(subject: Subject, earlier: Sequence[Relative]) -> list[UUID]:
    """Return what gives way to it: nothing to a group, which tells nobody anything itself."""
    if subject.is_group:
        return []
    return [each.id for each in earlier if each.state in {*CLAIMABLE, State.HELD}]
