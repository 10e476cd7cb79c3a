"""Taking in mails that came back: read, traced to what was sent, and acted upon once, however often one comes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

from columba_shared.errors import ColumbaError
from columba_shared.log.bounce import Bounce, Effect, Finding, Terms
from columba_shared.log.bounce_book import BounceBook
from columba_shared.settings import Settings
from columba_shared.telemetry import emit
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, SQLAlchemyError

from columba_consumers.bounces.reading import read
from columba_consumers.bounces.report import Report, Sort
from columba_consumers.bounces.tracing import BELIEVED, Belief, Traced, Tracer
from columba_consumers.targets.email.return_path import ReturnPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a mail was, and what followed; ``bounces`` are those that were not on record yet."""

    sort: Sort
    belief: Belief | None = None
    """None: there was nothing to believe."""
    bounces: Sequence[Bounce] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes in one mail after the other."""

    book: BounceBook
    tracer: Tracer

    @classmethod
    def from_settings(cls, settings: Settings, engine: Engine) -> Self:
        """Return what the settings ask for."""
        soft = settings.bounce_soft
        return cls(
            book=BounceBook(engine, Terms(soft=soft.number, within=soft.within)),
            tracer=Tracer(
                return_path=ReturnPath.from_settings(settings), signed_only=settings.bounce_trust == "signed"
            ),
        )

    def take(self, octets: bytes, *, recipient: str = "") -> Taken:
        """Take one in, that came to this ``recipient`` if that is known; what follows is committed on return.

        Raises what the log's database objects to, as long as it may take this mail later.
        """
        try:
            return self._take(octets, recipient)
        except Exception as error:  # the next mail must not wait for one that will never be read
            if not _is_of_the_mail(error):
                raise
            emit("bounce.unreadable", error=error)
            return Taken(sort=Sort.UNREADABLE)

    def _take(self, octets: bytes, recipient: str) -> Taken:
        report = read(octets)
        if not report.verdicts:
            return Taken(sort=report.sort)
        (taken,) = self.take_reports([replace(report, evidence=f"{recipient}\n{report.evidence}")])
        return taken

    def take_reports(self, reports: Sequence[Report]) -> Sequence[Taken]:
        """Take in several at once, each of which says something; what follows is committed together, on return."""
        clues = [self.tracer.clue(report) for report in reports]
        ids = [each for clue in clues for each in clue.ids]
        known = self.book.addresses(ids) if ids else {}
        traced = [self.tracer.trace(report, clue, known) for report, clue in zip(reports, clues, strict=True)]
        reported = [each for found in traced for each in found.reported]
        new = {(each.delivery_id, each.finding): each for each in (self.book.take_in(reported) if reported else ())}
        taken = [_taken(report, found, new) for report, found in zip(reports, traced, strict=True)]
        for report, each in zip(reports, taken, strict=True):
            _tell(report, each)
        return taken


def _taken(report: Report, traced: Traced, new: dict[tuple[UUID, Finding], Bounce]) -> Taken:
    """Return what became of a report, and take that away from what is new: of two that say the same one was first."""
    keys = [(each.delivery_id, each.finding) for each in traced.reported]
    return Taken(sort=report.sort, belief=traced.belief, bounces=[new.pop(key) for key in keys if key in new])


def _tell(report: Report, taken: Taken) -> None:
    for each in taken.bounces:
        emit("bounce.taken", delivery=each.delivery_id, finding=each.finding, effect=each.effect, status=each.status)
        if each.effect is Effect.HELD_BACK:
            emit("bounce.held_back", delivery=each.delivery_id, domain=each.domain)
    if taken.belief not in BELIEVED:
        emit("bounce.unmatched", why=taken.belief, reporter=report.reporter)


def _is_of_the_mail(error: Exception) -> bool:
    """Say whether it is what the mail says that cannot be dealt with, rather than a log that is away, or not ready."""
    return isinstance(error, DataError) or not isinstance(error, SQLAlchemyError | ColumbaError | OSError)
