"""What went wrong with rules, for people to ask: the last failures, and how many there were of each sort."""

import threading
import traceback
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.telemetry import emit

from columba_producer.request import EventRequest

MOST: Final = 1000
_LONGEST: Final = 500


class Stage(StrEnum):
    """Where it went wrong: in one of the filters, in making the event, or in publishing it."""

    TYPE = "for_type"
    UPDATES = "for_updates"
    STATE = "for_state"
    EVENT = "event"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One rule that failed on one thing. ``request`` is what was not published, to be enqueued again."""

    rule: str
    stage: Stage
    about: str
    problem: str
    at: datetime
    request: EventRequest | None = None


class Failures:
    """Keeps the last thousand in this process, counts all, and tells each as a fact. Threads may share it."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._last: deque[Failure] = deque(maxlen=MOST)
        self._counts: Counter[tuple[str, Stage]] = Counter()
        self._lock = threading.Lock()

    def record(
        self, rule: str, stage: Stage, about: str, error: BaseException, *, request: EventRequest | None = None
    ) -> Failure:
        """Take one down, by its text alone: the error itself would keep the app's things alive."""
        failure = Failure(
            rule=rule, stage=stage, about=about, problem=_problem(error), at=self._clock(), request=request
        )
        with self._lock:
            self._last.append(failure)
            self._counts[rule, stage] += 1
        if stage is Stage.PUBLISH:
            emit("rule.unpublished", rule=rule, about=about, problem=failure.problem)
        else:
            emit("rule.failed", rule=rule, stage=stage, about=about, problem=failure.problem)
        return failure

    @property
    def last(self) -> tuple[Failure, ...]:
        """The last ones, oldest first."""
        with self._lock:
            return tuple(self._last)

    @property
    def counts(self) -> Mapping[tuple[str, Stage], int]:
        """How many there were since the process began, by rule and stage."""
        with self._lock:
            return MappingProxyType(dict(self._counts))


def _problem(error: BaseException) -> str:
    """Return what it says, and where in the app's code it was raised."""
    try:
        text = " ".join(str(error).split())[:_LONGEST]
    except Exception:  # noqa: BLE001 - an error that cannot even tell what it is must not harm what is being saved
        text = ""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}"
