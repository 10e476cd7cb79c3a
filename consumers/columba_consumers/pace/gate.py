"""One destination as one process knows it: how fast it may be delivered to, and the moments reserved there."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil, inf
from typing import Final

from columba_shared.log.flow import MARGIN, Flow, Ramp

from columba_consumers.pace.shared_time import SharedTime

GRACE_SECONDS: Final = 0.05
"""How late a reserved moment may be used at least: together with later ones, older ones would make a crowd.

Where moments are further apart, each lasts until the next, for whoever waits for another gate as well.
"""
GRACE_SHARE: Final = 0.25
"""By how much of the time between two moments those who were let in may come closer together, being late."""
LATE_SECONDS: Final = 10.0
"""Whoever was let in and is later still waits so long for another moment; or need not, when the next is so near.

So whoever takes long to render gets their turn, however few there are.
"""
AHEAD_SECONDS: Final = 0.1
"""How far ahead moments are reserved: less asks more often, more is unused when deliveries run out."""
FRESH_SECONDS: Final = 1.0
"""How long what this process has learnt counts more than what it reads, which may have been written before."""


class Gate:
    """Deliveries pass one by one, each at a reserved moment, or freely while nothing restricts them.

    The gate of a process's own limit reserves by itself; all others are given what the database has reserved.
    """

    def __init__(
        self,
        name: str,
        time: SharedTime,
        *,
        limit: float | None = None,
        plan: Ramp | None = None,
        own: bool = False,
    ) -> None:
        """Begin with nothing known but what somebody set."""
        self.name = name
        self.flow = Flow(limit=limit, plan=plan)
        self.own = own
        self.limit = limit
        self.plan = plan
        self.late = 0
        self._time = time
        self._fresh_until = 0.0
        self._not_before = 0.0
        self._moments: deque[float] = deque()

    @property
    def is_open(self) -> bool:
        """Whether anybody may pass at any time."""
        flow = self.flow
        if flow.limit is None and flow.plan is None and flow.ramp is None and flow.shut_until is None:
            return True
        return flow.is_free(self._time.now())

    @property
    def has_line(self) -> bool:
        """Whether others were put off who are to come again before whoever is new."""
        return self.flow.line_end(self._time.now()) is not None

    @property
    def rate(self) -> float | None:
        """How many a second pass; None: as many as there are."""
        return self.flow.rate(self._time.now())

    @property
    def shut_seconds(self) -> float:
        """How long nobody passes."""
        return 0.0 if self.flow.shut_until is None else max(self._time.until(self.flow.shut_until), 0.0)

    @property
    def in_hand(self) -> int:
        """How many moments are reserved here."""
        return len(self._moments)

    @property
    def apart_seconds(self) -> float:
        """How far apart moments are."""
        return 1 / (self.rate or inf)

    @property
    def is_fresh(self) -> bool:
        """Whether this process learnt a moment ago how this destination is."""
        return self._time.monotonic() < self._fresh_until

    @property
    def is_idle(self) -> bool:
        """Whether nothing is known here that the database would not tell whoever asks it for a moment."""
        self._drop_late()
        now, flow = self._time.now(), self.flow
        over = all(moment is None or moment <= now for moment in (flow.free_at, flow.line_at, flow.restricted_until))
        return over and not self._moments and not self.late

    def seconds_for(self, waiting: int) -> float:
        """Return how long one more would wait behind so many who wait here, as far as is known."""
        self._drop_late()
        if waiting < len(self._moments):
            return max(self._moments[waiting] - self._time.monotonic(), 0.0)
        free_in = 0.0 if self.flow.free_at is None else self._time.until(self.flow.free_at)
        return max(self.shut_seconds, free_in, 0.0) + (waiting - len(self._moments)) / (self.rate or inf)

    def known(self, flow: Flow) -> None:
        """Take what the database has of this destination; moments reserved for before it was shut are void."""
        self.flow = replace(flow, limit=self.limit, plan=self.plan)
        if self.shut_seconds > 0:
            opens = self._time.monotonic() + self.shut_seconds
            self._moments = deque(moment for moment in self._moments if moment >= opens)

    def learned(self, flow: Flow) -> None:
        """Take what this process has just found out."""
        self._fresh_until = self._time.monotonic() + FRESH_SECONDS
        self.known(flow)

    def reserved(self, moments: Sequence[datetime]) -> None:
        """Take moments that were reserved."""
        now = self._time.monotonic()
        self._moments.extend(now + self._time.until(moment) for moment in moments)

    def seconds_left(self, *, late: bool = False) -> float:
        """Return how long until somebody may pass: none now, and infinity while no moment is reserved.

        The first moments belong to those who were let in and are ``late``: they hold a claim.
        """
        if self.is_open:
            return 0.0
        self._drop_late()
        place = 0 if late else self.late
        while self.own and len(self._moments) <= place:
            self.flow, moments = self.flow.reserve(1, self._time.now())
            self.reserved(moments)
        if len(self._moments) <= place:
            return inf
        return max(max(self._moments[place], self._not_before) - self._time.monotonic(), 0.0)

    def pass_one(self) -> float | None:
        """Use the first moment, and return when it is over; None: none was needed. Only when no seconds are left."""
        if self.is_open or not self._moments:
            return None
        moment, now, apart = self._moments.popleft(), self._time.monotonic(), self.apart_seconds
        if apart <= GRACE_SECONDS:
            return moment + GRACE_SECONDS
        self._not_before = now + apart * (MARGIN if self.own else 1 - GRACE_SHARE)
        return now + max(GRACE_SECONDS, GRACE_SHARE * apart, apart - LATE_SECONDS)

    def place(self) -> float:
        """Return in how many seconds one more who is put off may come again; only at a process's own gate."""
        self.flow, places = self.flow.line_up(1, self._time.now())
        return max(self._time.until(places[0]), 0.0)

    def lacks(self, waiting: int) -> int:
        """Return how many moments are to be reserved for so many who wait."""
        if self.own or self.is_open or not waiting:
            return 0
        now = self._time.monotonic()
        if self._moments and self._moments[-1] - now > AHEAD_SECONDS:
            return 0
        rate = self.flow.rate(max(self._time.now(), self.flow.shut_until or self._time.now()))
        most = waiting if rate is None else max(1, ceil(rate * AHEAD_SECONDS))
        return max(min(waiting - len(self._moments), most), 0)

    def _drop_late(self) -> None:
        now = self._time.monotonic()
        while self._moments and self._moments[0] + GRACE_SECONDS < now:
            if self._moments[0] + self.apart_seconds >= now:
                return
            self._moments.popleft()
