"""All bare parts of a mail, and their sum."""

from dataclasses import dataclass

from benchmarks.bare import rows, text
from benchmarks.bare.consume import consume
from benchmarks.bare.cost import Cost, apart
from benchmarks.bare.smtp import send
from benchmarks.enqueue import many
from benchmarks.ground import fresh_ground
from benchmarks.program import Loop
from benchmarks.sink import Sink
from tests.services.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class BareParts:
    """What every mail needs, and the two ways to log it: as little as possible, or so that a crash leaves no riddle."""

    loop: Loop
    parts: tuple[Cost, ...]
    one_row: Cost
    four_writes: Cost

    @property
    def microseconds(self) -> float:
        """The sum with one row in the log."""
        return sum(part.microseconds for part in (*self.parts, self.one_row))

    @property
    def microseconds_with_claims(self) -> float:
        """The sum with the four writes that a claim before and an outcome after the mail take."""
        return sum(part.microseconds for part in (*self.parts, self.four_writes))


def bare_parts(services: Services, sink: Sink, *, mails: int, connections: int, loop: Loop) -> BareParts:
    """Measure each part alone, one after the other."""
    with fresh_ground(services, sink) as ground:
        many(ground, mails)
        received = apart(consume, ground.broker_url, mails, loop)
        parts = (
            received,
            apart(text.decode, mails),
            apart(text.render, mails),
            apart(text.assemble, mails),
            apart(send, sink.port, mails, connections, loop),
        )
        one_row = apart(rows.one_row, ground.address, mails)
    with services.postgres.database() as database_url:
        four_writes = apart(rows.four_rows, database_url.replace("+psycopg", ""), mails)
    return BareParts(loop=loop, parts=parts, one_row=one_row, four_writes=four_writes)
