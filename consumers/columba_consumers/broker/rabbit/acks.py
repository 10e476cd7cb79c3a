"""What one channel has delivered and nobody has settled yet, and the fewest acks that settle what is done."""

from typing import Final

_NONE: Final = 0


class Acks:
    """The channel's delivery tags: 1, 2, 3, … as they come in.

    The broker closes a channel over a tag that it does not know or no longer waits for, so each tag leaves here once.
    """

    def __init__(self) -> None:
        self._unsettled: set[int] = set()
        self._done: list[int] = []
        self._last = _NONE
        self._floor = _NONE
        """Every tag up to here is settled, or about to be."""

    def __len__(self) -> int:
        return len(self._unsettled)

    @property
    def last(self) -> int:
        """The tag that came last; 0 before the first."""
        return self._last

    def received(self, tag: int) -> None:
        """Take note of a delivery."""
        self._unsettled.add(tag)
        self._last = tag

    def ack(self, tag: int) -> bool:
        """Have the next flush settle it; False if it is settled already or was never received here."""
        if tag not in self._unsettled:
            return False
        self._unsettled.remove(tag)
        self._done.append(tag)
        return True

    def hand_back(self, tag: int) -> bool:
        """Forget it, since the caller returns it now; False if it is settled already or was never received here."""
        if tag not in self._unsettled:
            return False
        self._unsettled.remove(tag)
        return True

    def flush(self) -> list[tuple[int, bool]]:
        """Return the acks to send, as (tag, multiple): one for all done below the oldest unsettled, then singles.

        The tag of a multiple ack is one that the broker still waits for; it refuses any other.
        """
        done, self._done = self._done, []
        while self._floor < self._last and self._floor + 1 not in self._unsettled:
            self._floor += 1
        below = [tag for tag in done if tag <= self._floor]
        acks = [(max(below), len(below) > 1)] if below else []
        if len(below) < len(done):
            acks += [(tag, False) for tag in done if tag > self._floor]
        return acks
