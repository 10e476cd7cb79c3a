"""Which processes are dead: timed by nobody's clock but our own."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from columba_shared.log.leases import Heartbeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A heartbeat, and when it was first seen to have this value."""

    beat: int
    since: float


class Watch:
    """Times how long each heartbeat stays the same while the database answers.

    A gap between two answers begins every observation anew: in it the others could not beat either.
    """

    def __init__(self, *, lease_seconds: float) -> None:
        """Take a process to be dead whose heart did not beat for a whole lease."""
        self._lease_seconds = lease_seconds
        self._sightings: dict[UUID, Sighting] = {}
        self._answered = float("-inf")

    def see(self, heartbeats: Sequence[Heartbeat], *, asked: float, answered: float) -> list[Heartbeat]:
        """Take in what the database answered; return the heartbeats of the processes that are dead.

        ``asked`` and ``answered`` frame the moment at which it was so, on a monotonic clock.
        """
        if answered - self._answered > self._lease_seconds / 2:
            self._sightings.clear()
        self._answered = answered
        known = self._sightings
        self._sightings = {
            each.process_id: _sighting(each, known.get(each.process_id), answered) for each in heartbeats
        }
        return [each for each in heartbeats if asked - self._sightings[each.process_id].since >= self._lease_seconds]


def _sighting(heartbeat: Heartbeat, known: Sighting | None, answered: float) -> Sighting:
    if known is not None and known.beat == heartbeat.beat:
        return known
    return Sighting(beat=heartbeat.beat, since=answered)
