"""How fast deliveries may flow to one destination: pure arithmetic, the same for one process and for many.

A flow has two lines. Whoever is about to begin reserves a moment in the first, which is strict: moments are evenly
spaced, and one that nobody used is gone. Whoever cannot be kept ready for so long is given a place in the second, and
comes again when it is about to be their turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log, log1p, log2
from typing import Final

MARGIN: Final = 0.98
"""What of a limit is used: deliveries begin a little after their moments, so that some come closer together."""
LINE_MARGIN: Final = 0.9
"""What of a rate is given to those who were put off: the rest is for the urgent, and for those who came back late."""
SLOWEST: Final = 0.2
"""Deliveries a second that a destination is given however often it asks for less; one each five seconds finds out."""
UNLIMITED: Final = 2_000.0
"""A rate that has grown to this is none."""
FIRST: Final = 4.0
"""Deliveries in the first second after an outage."""
AFTER_OUTAGE: Final = timedelta(seconds=1)
"""How long the rate takes to double after an outage."""
AFTER_THROTTLING: Final = timedelta(seconds=60)
"""How long the rate takes to double after it was too high."""
SHORTEST_SHUT: Final = timedelta(seconds=1)
LONGEST_SHUT: Final = timedelta(minutes=2)
"""How long a destination is left alone that does not say for how long; twice as long after each failure in a row."""
LONGEST_ASKED: Final = timedelta(days=1)
"""Whoever asks for more is believed so far."""
MOST_AHEAD: Final = 1000
"""So many moments may be reserved ahead, a few by each process: what is beyond is of a clock that was set back."""
RAISED: Final = 2.0
"""When a limit was raised so many times, those put off under the old one make no line any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """A rate that was given at one moment, and doubles from there."""

    rate: float
    since: datetime
    doubles: timedelta

    def at(self, now: datetime) -> float | None:
        """Return how many a second it is now; None: as many as there are."""
        doublings = max((now - self.since) / self.doubles, 0.0)
        if doublings > 64:  # noqa: PLR2004 - more than any rate needs, and less than a float takes
            return None
        rate: float = self.rate * 2.0**doublings
        return rate if rate < UNLIMITED else None

    @property
    def until(self) -> datetime:
        """When it has grown beyond any rate."""
        return self.since + self.doubles * max(log2(UNLIMITED / self.rate), 0.0)

    def after(self, moment: datetime, share: float) -> datetime:
        """Return when one more has come after somebody did at a moment, at this share of the rate as it grows."""
        rate = self.at(moment)
        if rate is None:
            return moment
        growth = log(2) / self.doubles.total_seconds()
        ahead = 1 / (rate * share)
        return moment + timedelta(seconds=ahead if moment < self.since else log1p(growth * ahead) / growth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What one destination takes. ``limit`` is what somebody set, deliveries a second; None: nobody did.

    ``plan`` is what somebody set for a beginning: an account that nobody knows yet is given more from day to day.
    """

    limit: float | None = None
    plan: Ramp | None = None
    ramp: Ramp | None = None
    free_at: datetime | None = None
    line_at: datetime | None = None
    line_rate: float | None = None
    shut_until: datetime | None = None
    failures: int = 0
    refused_since: datetime | None = None
    reply: str | None = None

    def rate(self, now: datetime) -> float | None:
        """Return how many a second may begin now; None: as many as there are."""
        ramps = (each.at(now) for each in (self.ramp, self.plan) if each is not None)
        limit = None if self.limit is None else self.limit * MARGIN
        return min((each for each in (limit, *ramps) if each is not None), default=None)

    def is_shut(self, now: datetime) -> bool:
        """Say whether it is to be left alone."""
        return self.shut_until is not None and now < self.shut_until

    def is_down(self, now: datetime) -> bool:
        """Say whether it is left alone since it did not answer, and not since it asked for that."""
        return self.is_shut(now) and self.ramp is not None and self.ramp.doubles == AFTER_OUTAGE

    def is_free(self, now: datetime) -> bool:
        """Say whether anybody may begin at any time: nothing needs to be reserved."""
        return not self.is_shut(now) and self.rate(now) is None

    @property
    def restricted_until(self) -> datetime | None:
        """When it is simply open again, but for what somebody set; None: it is."""
        ends = (self.shut_until, None if self.ramp is None else self.ramp.until)
        return max((each for each in ends if each is not None), default=None)

    def reserve(self, count: int, now: datetime) -> tuple["Flow", Sequence[datetime]]:
        """Return the flow after ``count`` reservations, and their moments."""
        start = self._open_at(now)
        rate = self.rate(start)
        if rate is None:
            return self, [start] * count
        interval = timedelta(seconds=1 / rate)
        first = self._unreserved(start, interval)
        moments = [first + number * interval for number in range(count)]
        return replace(self, free_at=first + count * interval), moments

    def line_up(self, count: int, now: datetime) -> tuple["Flow", Sequence[datetime]]:
        """Return the flow with ``count`` more put off, and when each is to come again: as the rate will be by then."""
        start = self._open_at(now)
        rate = self.rate(start)
        if rate is None or not count:
            return self, [max(start, self.free_at or start)] * count
        place = max(self._unreserved(start, timedelta(seconds=1 / rate)), self.line_end(now) or start)
        places = []
        for _ in range(count):
            place = self._place_after(place)
            places.append(place)
        return replace(self, line_at=place, line_rate=self.rate(place)), places

    def line_end(self, now: datetime) -> datetime | None:
        """Return when the last of those put off comes again; None: nobody does, or far more is allowed by now."""
        if self.line_at is None or self.line_at <= now:
            return None
        rate, expected = self.rate(self.line_at) or UNLIMITED, self.line_rate or UNLIMITED
        return None if rate > RAISED * expected else self.line_at

    def throttled(self, now: datetime, *, after: timedelta | None, observed: float, reply: str) -> "Flow":
        """Return the flow after it was too much: half as fast, and left alone for as long as it asked.

        ``observed`` is how many a second began lately, for a flow that had no rate yet. Of several replies to the same
        moment the first counts; a longer pause always does.
        """
        shut_until = now + min(after or self._pause(), LONGEST_ASKED)
        if self.is_shut(now):
            shut_until = max(shut_until, self.shut_until or shut_until)
            ramp = None if self.ramp is None else replace(self.ramp, since=max(self.ramp.since, shut_until))
            return replace(self, ramp=ramp, shut_until=shut_until, reply=reply)
        current = self.rate(now)
        halved = max((observed if current is None else current) / 2, SLOWEST)
        return replace(
            self,
            ramp=Ramp(rate=halved, since=shut_until, doubles=AFTER_THROTTLING),
            free_at=None,
            shut_until=shut_until,
            failures=self.failures + 1,
            refused_since=self.refused_since or now,
            reply=reply,
        )

    def failed(self, now: datetime, *, reply: str) -> "Flow":
        """Return the flow after the destination did not answer: left alone for a while, then begun anew slowly."""
        if self.is_shut(now):
            return replace(self, reply=reply)
        shut_until = now + self._pause()
        return replace(
            self,
            ramp=Ramp(rate=SLOWEST if self.failures else 1.0, since=shut_until, doubles=AFTER_OUTAGE),
            free_at=None,
            shut_until=shut_until,
            failures=self.failures + 1,
            refused_since=self.refused_since or now,
            reply=reply,
        )

    def recovered(self, now: datetime) -> "Flow":
        """Return the flow after an outage of the whole target: it begins slowly, once, whoever finds it is back."""
        if self.ramp is not None and self.ramp.doubles == AFTER_OUTAGE and self.ramp.at(now) is not None:
            return self
        ramp = Ramp(rate=FIRST, since=now, doubles=AFTER_OUTAGE)
        return replace(self, ramp=ramp, free_at=None, failures=0, refused_since=None)

    def answered(self) -> "Flow":
        """Return the flow after it took something: the next failure is the first again."""
        return replace(self, failures=0, refused_since=None)

    def tidied(self, now: datetime) -> "Flow":
        """Return the flow without what has had its time: a ramp grown beyond any rate, a pause that is over."""
        over = self.shut_until is not None and not self.is_shut(now)
        grown = self.ramp is not None and self.ramp.at(now) is None
        return replace(
            self,
            shut_until=None if over else self.shut_until,
            ramp=None if grown else self.ramp,
            reply=None if grown else self.reply,
        )

    def _open_at(self, now: datetime) -> datetime:
        return max(now, self.shut_until or now)

    def _unreserved(self, start: datetime, interval: timedelta) -> datetime:
        """Return the first moment from ``start`` on that nobody has reserved."""
        return min(max(start, self.free_at or start), start + MOST_AHEAD * interval)

    def _place_after(self, place: datetime) -> datetime:
        fastest = UNLIMITED if self.limit is None else self.limit * MARGIN
        steps = [each.after(place, LINE_MARGIN) for each in (self.ramp, self.plan) if each is not None]
        return max([place + timedelta(seconds=1 / (fastest * LINE_MARGIN)), *steps])

    def _pause(self) -> timedelta:
        longer: timedelta = SHORTEST_SHUT * int(2 ** min(self.failures, 16))
        return min(longer, LONGEST_SHUT)
