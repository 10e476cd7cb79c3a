"""The gates of one target in one process."""

from collections.abc import Container, Mapping

from columba_shared.log.destinations import MAX_NAME, WHOLE
from columba_shared.log.flow import Flow

from columba_consumers.pace.gate import Gate
from columba_consumers.pace.limits import Limits
from columba_consumers.pace.shared_time import SharedTime


class Gates:
    """Every delivery passes those of the process, the target and the account; and its destination's, if there is one.

    A destination has a gate while it has a limit of its own, or is slowed or shut. Where there are several accounts,
    each has gates of its own, ``apart`` from all others: the account's alone, before which one waits as at a
    destination's.
    """

    def __init__(self, limits: Limits, time: SharedTime, *, apart: bool = False) -> None:
        self._limits = limits
        self._time = time
        self._named: dict[str, Gate] = {}
        if not apart:
            self._named[WHOLE] = Gate(WHOLE, time, limit=limits.together)
        if limits.account is not None:
            self._named[limits.account] = Gate(limits.account, time, limit=limits.by_account, plan=limits.warm_up)
        self._lasting = tuple(self._named.values())
        self.common = () if apart else (Gate(WHOLE, time, limit=limits.alone, own=True), *self._lasting)

    def at(self, destination: str) -> Gate | None:
        """Return the gate of one destination beside the common ones; None while nothing restricts it.

        A name too long to be kept is no destination's: nothing could be reserved there.
        """
        if not destination or len(destination) > MAX_NAME:
            return None
        found = self._named.get(destination)
        if found is not None or not self._limits.by_destination:
            return found
        return self._made(destination) if self._limits.of(destination) is not None else None

    def of(self, name: str) -> Gate:
        """Return the gate of this name, which is made if there was none."""
        return self._named.get(name) or self._made(name)

    def limit_of(self, name: str) -> float | None:
        """Return what is the most for a gate."""
        if name == WHOLE:
            return self._limits.together
        return self._limits.by_account if name == self._limits.account else self._limits.of(name)

    def heed(self, flows: Mapping[str, Flow], *, needed: Container[str] = ()) -> None:
        """Take what the database has of every destination that is not simply open; all others are.

        What nobody needs and the database knows as well is forgotten: there are as many destinations as domains.
        """
        for name, flow in flows.items():
            gate = self.of(name)
            if not gate.is_fresh:
                gate.known(flow)
        for name, gate in list(self._named.items()):
            if name in flows or gate.is_fresh:
                continue
            if gate.flow.ramp is not None or gate.flow.shut_until is not None:
                gate.known(Flow(free_at=gate.flow.free_at, line_at=gate.flow.line_at, line_rate=gate.flow.line_rate))
            if gate not in self._lasting and (gate.limit is None or (gate.is_idle and name not in needed)):
                del self._named[name]

    def shared(self) -> dict[str, Gate]:
        """Return every gate at which the database reserves, by name."""
        return dict(self._named)

    def _made(self, name: str) -> Gate:
        gate = self._named[name] = Gate(name, self._time, limit=self.limit_of(name))
        return gate
