"""What people mean when they decide about deliveries, and what came of it, delivery by delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from columba_shared.log.stored import StoredDelivery
from columba_shared.state import CLAIMABLE, State

PENDING: Final = frozenset({*CLAIMABLE, State.HELD})
"""What has not been handed to a provider and still may be."""
AMENDABLE: Final = frozenset({*PENDING, State.DEAD})
"""What may say something else from now on: the dead too, before they go again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """One delivery, and as what it was looked at; None: as whatever it is by now.

    ``claim`` is how often it had been claimed: what is in doubt anew is another matter. ``digest`` is that of the
    message which was looked at.
    """

    delivery_id: UUID
    revision: int | None = None
    claim: int | None = None
    digest: str | None = None

    def is_still(self, *, state: str, revision: int, claim: int) -> bool:
        """Say whether it is as it was looked at: nobody has changed it, and what was in doubt is in the same doubt."""
        tried_since = state == State.IN_DOUBT and not self.is_untried(claim)
        return self.revision in {None, revision} and not tried_since

    def is_untried(self, claim: int) -> bool:
        """Say whether nobody has begun to send it since it was looked at."""
        return self.claim in {None, claim}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """A message word for word, encoded by whoever rendered it, and the digest that people compare."""

    content: bytes
    digest: str


class Why(StrEnum):
    """Why a delivery was left alone."""

    UNKNOWN = "not in the log"
    ALREADY = "is so already"
    TOO_LATE = "too late"
    OVER = "over"
    CERTAIN = "not in doubt"
    CHANGED = "changed since it was looked at"
    SAME_EYES = "whoever published or last amended it may not approve it"
    FORGOTTEN = "for somebody whom nobody may remember"
    BRAKED = "held by another brake as well"
    TOLD_BY_ANOTHER = "told by a digest, which is what can be decided about"
    UNRECOGNISED = "its fallbacks know people by their users, and this one has none"
    NO_WINDOW = "is due already: say until when people may decide"
    DELIVERED = "delivered meanwhile"
    UNWANTED = "not wanted"
    EXPIRED = "expired"
    REPLACED = "something newer has taken its place"
    BRAKE_ON = "a brake holds what is like it"

    @property
    def is_of_state(self) -> bool:
        """Whether the state that the delivery is in says it better."""
        return self in {Why.ALREADY, Why.TOO_LATE, Why.OVER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A delivery that was left alone, and how it stands; ``state`` is None when the log does not know it.

    ``words`` are said of it alone, where there is more to say than of all that were left for the same reason.
    """

    delivery_id: UUID
    why: Why
    state: State | None = None
    words: str | None = None

    @property
    def said(self) -> str:
        """Why it was left alone, as closely as can be said."""
        return self.words or self.why


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a decision; it holds as of the transaction's commit.

    ``going`` are those, as they now stand, of which a new copy has to be on its way: older copies lose their claim.
    """

    done: Sequence[UUID] = ()
    left: Sequence[Left] = ()
    going: Sequence[StoredDelivery] = ()


_SETTLED: Final = frozenset({State.SENDING, State.SENT, State.SKIPPED, State.EXPANDED, State.IN_DOUBT})
"""What a provider has, had or may have had; or what had its say and is no single message."""


def misses(state: State) -> Why:
    """Return why a decision comes to nothing for a delivery in a state that it cannot leave."""
    if state is State.GATHERED:
        return Why.TOLD_BY_ANOTHER
    return Why.TOO_LATE if state in _SETTLED else Why.OVER
