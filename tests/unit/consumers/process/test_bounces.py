"""Taking in a Maildir: a long one is progress, not a process that is stuck."""

from dataclasses import dataclass, field
from pathlib import Path

from columba_consumers.bounces import Intake, Report
from columba_consumers.bounces.mailbox import Mailbox
from columba_consumers.bounces.tracing import Clue, Tracer
from columba_consumers.process.bounces import looking
from columba_consumers.rounds import PATIENCE_SECONDS, Rounds
from columba_shared.log.bounce_book import BounceBook
from sqlalchemy import create_engine

from tests.bounced import others
from tests.bounced.dsn import Original

MAILS = 4


@dataclass(frozen=True, kw_only=True)
class Slow(Tracer):
    """Takes most of what patience there is for each mail, and looks whether all seems well."""

    watched: list[Rounds] = field(default_factory=list)
    healthy: list[bool] = field(default_factory=list)
    now: list[float] = field(default_factory=lambda: [0.0])

    def clue(self, report: Report) -> Clue:  # noqa: ARG002 - it is about nothing
        """Return what a report may be about."""
        [rounds] = self.watched
        self.now[0] += 0.9 * PATIENCE_SECONDS
        self.healthy.append(rounds.healthy)
        if len(self.healthy) == MAILS:
            rounds.stop()
        return Clue()


async def test_a_process_that_takes_in_very_many_is_not_taken_for_stuck(tmp_path: Path) -> None:
    for name in ("new", "cur"):
        (tmp_path / name).mkdir()
    for number in range(MAILS):
        (tmp_path / "new" / str(number)).write_bytes(others.failed(Original(), "5.1.1"))
    slow = Slow()
    intake = Intake(book=BounceBook(create_engine("sqlite://")), tracer=slow)
    rounds = looking(Mailbox(folder=tmp_path), intake, monotonic=lambda: slow.now[0])
    slow.watched.append(rounds)
    await rounds.run()
    assert slow.healthy == [True] * MAILS
