"""Puts back what somebody deleted from the broker."""

from dataclasses import dataclass

from columba_shared.publishing.connection import Access
from columba_shared.telemetry import emit
from columba_shared.topology import Plan
from columba_shared.topology.declare import TopologyError, declare, missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """What was declared again, and what stood in the way."""

    redeclared: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """Declares the plan again whenever something of it is missing."""

    plan: Plan
    access: Access

    def mend(self) -> Mended:
        """Look, and declare if need be; a lack of rights is told, not raised. Raises BrokerAway."""
        lacking = missing(self.plan, self.access)
        if not lacking:
            return Mended()
        try:
            declare(self.plan, self.access)
        except TopologyError as error:
            emit("reconciler.topology", missing=", ".join(lacking), error=error)
            return Mended(problem=f"missing: {', '.join(lacking)}; {error}")
        emit("reconciler.redeclared", entities=", ".join(lacking))
        return Mended(redeclared=lacking)
