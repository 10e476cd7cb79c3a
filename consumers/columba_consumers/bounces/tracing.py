"""Which delivery a report is about, and whether it may say so: a stranger must not silence anybody by a made-up one.

Proof is a signature of ours: where bounces go is signed for each mail, and whoever was not sent that mail has not seen
it. A Message-ID is weaker, since replies and forwarded mails name it: where it is enough, the report must be about the
very address that the mail went to. One that names nobody may be about whoever had a copy: that it is about the
recipient is proved by a signature alone, which says whether there were copies. A Message-ID is enough for a provider
that we send by and that has proved who it is, since that names it from its own books.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from columba_shared.address import folded
from columba_shared.log.bounce import Finding, Reported

from columba_consumers.bounces.report import Report, Verdict
from columba_consumers.targets.email.return_path import Origin, ReturnPath

_MOST_TRACES: Final = 20
_MESSAGE_ID: Final = re.compile(r"<([0-9a-f]{32})@")


class Belief(StrEnum):
    """Why a report is acted upon, or why not."""

    SIGNED = "signed"
    """It came to an address that we signed, or names one."""
    NAMED = "named"
    """It names a mail of ours by its Message-ID, and the address that it went to."""
    VOUCHED = "vouched for"
    """The provider that sent it says so, with its own signature or secret, and names the address that it went to."""
    UNSIGNED = "not signed"
    """It may name a mail of ours, but only signatures are believed."""
    UNNAMED = "unnamed"
    """It names no mail that the log knows."""
    ANOTHER = "another address"
    """It names a mail of ours, and not the address that this went to: another one, or none."""


BELIEVED: Final = frozenset({Belief.SIGNED, Belief.NAMED, Belief.VOUCHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """What a report comes to for the log: nothing, unless it is believed."""

    belief: Belief
    reported: tuple[Reported, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """The deliveries that a report may be about: by a signature, or by the Message-IDs in it."""

    origin: Origin | None = None
    named: tuple[UUID, ...] = ()

    @property
    def ids(self) -> tuple[UUID, ...]:
        """All of them."""
        return self.named if self.origin is None else (self.origin.delivery_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracer:
    """Finds out what reports are about. Without ``signed_only``, a Message-ID is believed as well."""

    return_path: ReturnPath | None = None
    signed_only: bool = False

    def clue(self, report: Report) -> Clue:
        """Return what it may be about."""
        signed = self.return_path.origins(report.evidence) if self.return_path is not None else iter(())
        origin = next(signed, None)
        if origin is not None or (self.signed_only and not report.vouched):
            return Clue(origin=origin)
        found = dict.fromkeys(_MESSAGE_ID.findall(report.evidence))
        return Clue(named=tuple(UUID(each) for each in list(found)[:_MOST_TRACES]))

    def trace(self, report: Report, clue: Clue, known: Mapping[UUID, str]) -> Traced:
        """Return what it says of a delivery that is ``known``, with whom that was for."""
        if clue.origin is None and self.signed_only and not report.vouched:
            return Traced(belief=Belief.UNSIGNED)
        places = {each: folded(known[each]) for each in clue.ids if each in known}
        if not places:
            return Traced(belief=Belief.UNNAMED)
        belief = Belief.VOUCHED if report.vouched else Belief.NAMED
        for delivery_id, address in places.items():
            if clue.origin is not None:
                said = [_placed(each, address, alone=clue.origin.alone) for each in report.verdicts]
                return _traced(Belief.SIGNED, report, said, delivery_id)
            mine = [each for each in report.verdicts if address in each.addresses]
            if mine:
                return _traced(belief, report, mine, delivery_id)
        return Traced(belief=Belief.ANOTHER)


def _placed(verdict: Verdict, address: str, *, alone: bool) -> Verdict:
    """Return the verdict; one that is about somebody else, or may be, is not about the address."""
    mine = address in verdict.addresses or (not verdict.addresses and alone)
    return verdict if mine else replace(verdict, finding=Finding.ELSEWHERE)


def _traced(belief: Belief, report: Report, verdicts: list[Verdict], delivery_id: UUID) -> Traced:
    return Traced(belief=belief, reported=tuple(_reported(report, each, delivery_id) for each in verdicts))


def _reported(report: Report, verdict: Verdict, delivery_id: UUID) -> Reported:
    return Reported(
        delivery_id=delivery_id,
        finding=verdict.finding,
        status=verdict.status,
        said=verdict.said,
        reporter=report.reporter or "unknown",
    )
