"""All that one run has measured."""

from dataclasses import dataclass, field

from benchmarks.bare.cost import Cost
from benchmarks.bare.parts import BareParts
from benchmarks.distance import distance_to_whole
from benchmarks.drain import Drain
from benchmarks.enqueue import Enqueueing
from benchmarks.latency import Latency
from benchmarks.memory import ALLOWED_MB, Growth


@dataclass(slots=True, kw_only=True)
class Result:
    """Numbers, and what they were measured on."""

    machine: dict[str, str]
    settings: dict[str, str]
    enqueueing: list[Enqueueing] = field(default_factory=list)
    drains: list[Drain] = field(default_factory=list)
    """The product's."""
    wholes: list[Drain] = field(default_factory=list)
    """The bare whole's, on the same ground."""
    latency: Latency | None = None
    bare: BareParts | None = None
    mime: tuple[Cost, ...] = ()
    """Ways to write a mail."""
    growth: Growth | None = None

    @property
    def product_microseconds(self) -> float | None:
        """Processor time of the consumer for one mail, where the bare parts were measured the same way."""
        return next((each.cpu_seconds_per_1000 * 1000 for each in self.drains if each.processes == 1), None)

    @property
    def ratio(self) -> float | None:
        """How many times the sum of its bare parts, with the four writes that its promises take, a mail costs."""
        if self.bare is None or self.product_microseconds is None:
            return None
        return self.product_microseconds / self.bare.microseconds_with_claims

    @property
    def ratio_to_one_row(self) -> float | None:
        """The same beside a log of one row a mail, which could promise less."""
        if self.bare is None or self.product_microseconds is None:
            return None
        return self.product_microseconds / self.bare.microseconds

    @property
    def ratio_to_whole(self) -> float | None:
        """How many times the bare whole, which writes one row a mail and promises nothing, a mail costs."""
        found = distance_to_whole(self.drains, self.wholes, "one row")
        return found.times if found else None

    @property
    def ratio_to_whole_with_claims(self) -> float | None:
        """The same beside the bare whole that commits before a mail and after it."""
        found = distance_to_whole(self.drains, self.wholes, "four writes")
        return found.times if found else None

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled or logged wrongly, and the memory stayed within its bounds."""
        exact = all(not (each.lost or each.doubled or each.log_wrong) for each in (*self.drains, *self.wholes))
        return exact and (self.growth is None or self.growth.grown_mb < ALLOWED_MB)
