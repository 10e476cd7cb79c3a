"""How what was made to go again fares, and what follows from it: how many more may go, and whether to stop."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from columba_shared.log.replaying import Fared, Fate
from columba_shared.log.replays import Terms

CHUNK: Final = 500
"""So many go together when nobody watches how they fare."""
FIRST_WINDOW: Final = 10
WINDOW: Final = 40
"""More are never under way at once: when all begin to fail, 50 have failed by the time it is noticed."""
SAMPLE: Final = 20
"""Of fewer outcomes than these, no share is taken."""
FEW_FAILURES: Final = 10
"""So many of the latest outcomes may be failures at most: those looked at are as few as that takes."""
FLUKES: Final = 2
"""So many failures among the latest outcomes stop nothing but canaries, unless there are to be none at all."""
LONGEST_MEMORY: Final = 1_000
STRICT: Final = 0.1
"""The share at which canaries stop a replay that otherwise never stops by itself."""


@dataclass(slots=True, kw_only=True)
class Gauge:
    """Counts the outcomes of one run; another run, after whatever was mended, begins with a clean sheet."""

    terms: Terms
    fates: Counter[Fate] = field(default_factory=Counter)
    outstanding: set[UUID] = field(default_factory=set)
    went: int = 0
    last_failure: str | None = None
    _latest: deque[bool] = field(init=False)

    def __post_init__(self) -> None:
        """Remember as many of the latest outcomes as the bound asks for."""
        memory = LONGEST_MEMORY if not self._bound else int(FEW_FAILURES / self._bound)
        self._latest = deque(maxlen=min(max(SAMPLE, memory), LONGEST_MEMORY))

    @property
    def watches(self) -> bool:
        """Whether outcomes matter at all now."""
        return self.terms.stop_at is not None or self._canaries

    @property
    def room(self) -> int:
        """How many may go now."""
        if self._canaries:
            return max(0, (self.terms.canary or 0) - self.went)
        if self.terms.stop_at is None:
            return CHUNK
        window = min(WINDOW, FIRST_WINDOW + self.fates[Fate.DELIVERED])
        return max(0, window - len(self.outstanding))

    @property
    def awaits_the_last(self) -> bool:
        """Whether it is worth waiting for what is still under way: somebody is at work, or canaries were asked for."""
        at_work = bool(self.fates) or self.terms.canary is not None
        return self.watches and at_work and bool(self.outstanding)

    @property
    def problem(self) -> str | None:
        """Why nothing more may go: too many of the latest outcomes are failures; None: it may."""
        canaries = self.went <= (self.terms.canary or 0)
        if self.terms.stop_at is None and not canaries:
            return None
        all_back = canaries and not self._canaries
        if sum(self._latest) <= self._tolerated(all_back=all_back):
            return None
        whom = "canaries" if canaries else "outcomes"
        last = f"; the last: {self.last_failure}" if self.last_failure else ""
        return f"{sum(self._latest)} of the latest {len(self._latest)} {whom} are failures{last}"

    def send(self, ids: Iterable[UUID]) -> None:
        """Count these as under way."""
        new = set(ids)
        self.went += len(new)
        self.outstanding |= new

    def see(self, fates: Mapping[UUID, Fared]) -> int:
        """Count the outcomes there are by now; return how many are new."""
        settled = [(key, each) for key, each in fates.items() if each.fate is not Fate.WAITING]
        for key, each in settled:
            self.outstanding.discard(key)
            self.fates[each.fate] += 1
            if each.fate is not Fate.STOPPED:
                self._latest.append(each.fate is Fate.FAILED)
            if each.fate is Fate.FAILED:
                self.last_failure = each.reason
        return len(settled)

    @property
    def _canaries(self) -> bool:
        """Whether the canaries have not all come back."""
        canary = self.terms.canary or 0
        return self.went < canary or (0 < self.went <= canary and bool(self.outstanding))

    def _tolerated(self, *, all_back: bool) -> float:
        """Return how many of the latest outcomes may be failures: of canaries that are back no more than the share."""
        counted = len(self._latest)
        if all_back or not self._bound:
            return self._bound * counted
        return max(self._bound * max(counted, SAMPLE), FLUKES)

    @property
    def _bound(self) -> float:
        return STRICT if self.terms.stop_at is None else self.terms.stop_at
