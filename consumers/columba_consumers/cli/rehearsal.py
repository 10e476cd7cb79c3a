"""A rehearsal: what would become of each of many deliveries if they were sent now, with nothing sent or recorded."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
from columba_shared.errors import ColumbaError
from columba_shared.event import GROUP_PREFIXES

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.logged import logged_event
from columba_consumers.cli.making import Made, Making

if TYPE_CHECKING:
    from columba_shared.log.freezing import Frozen
    from columba_shared.log.records import Account, DeliveryRecord


class Would(StrEnum):
    """What would become of a delivery."""

    BE_SENT = "sent"
    SAY_NOTHING = "skipped"
    EXPIRE = "expired"
    BREAK = "broken"
    EXPAND = "expanded"


@dataclass(slots=True, kw_only=True)
class Break:
    """Deliveries of a kind that fail alike before anybody is asked to deliver them, and one of them."""

    kind: str
    target: str
    stage: str
    reason: str
    example: UUID
    address: str
    number: int = 0


@dataclass(slots=True)
class Rehearsal:
    """Makes messages page by page and counts; with a folder, each is written there as it would leave."""

    making: Making
    folder: Path | None = None
    would: Counter[Would] = field(default_factory=Counter)
    _breaks: dict[tuple[str, ...], Break] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """How many were rehearsed."""
        return self.would.total()

    @property
    def breaks(self) -> list[Break]:
        """What fails, the most frequent first."""
        return sorted(self._breaks.values(), key=lambda each: -each.number)

    async def rehearse(self, page: "Sequence[Account]", frozen: "Mapping[UUID, Frozen]") -> None:
        """Make all of a page, side by side; raises Failure when the folder takes no file."""
        await asyncio.gather(*(self._one(each, frozen.get(each.delivery.id)) for each in page))

    async def _one(self, account: "Account", frozen: "Frozen | None") -> None:
        from columba_consumers.rendering.errors import Vanished, Vetoed

        delivery = account.delivery
        if delivery.address.startswith(GROUP_PREFIXES):
            self.would[Would.EXPAND] += 1
            return
        try:
            event, recipient = logged_event(account)
            kept = None if frozen is None else frozen.exact.content
            made = await self.making.make(event, recipient, delivery=delivery.id, frozen=kept)
        except (Vanished, Vetoed):
            self.would[Would.SAY_NOTHING] += 1
            return
        except (ColumbaError, Failure) as error:
            self._broke(delivery, error)
            return
        self.would[_fate(made)] += 1
        if made is not None and self.folder is not None:
            _write(self.folder, delivery.id, made)

    def _broke(self, delivery: "DeliveryRecord", error: ColumbaError | Failure) -> None:
        from columba_shared.log.causes import likeness

        stage, reason = _told(error)
        self.would[Would.BREAK] += 1
        alike = (delivery.kind, delivery.target, stage, likeness(reason))
        found = self._breaks.setdefault(
            alike,
            Break(
                kind=delivery.kind,
                target=delivery.target,
                stage=stage,
                reason=reason,
                example=delivery.id,
                address=delivery.address,
            ),
        )
        found.number += 1


def _fate(made: Made | None) -> Would:
    if made is None:
        return Would.SAY_NOTHING
    return Would.BE_SENT if made.relevant else Would.EXPIRE


def _told(error: ColumbaError | Failure) -> tuple[str, str]:
    """Return the stage and the reason that the log would have."""
    from columba_consumers.delivery.failure import outcome_of
    from columba_consumers.outcome import Reject, Retry, Stage

    match outcome_of(error, Stage.RENDER):
        case Retry(reason=reason, stage=stage) | Reject(reason=reason, stage=stage):
            return stage, reason
        case _:
            return Stage.RENDER, str(error)


def _write(folder: Path, delivery: UUID, made: Made) -> None:
    name, content = (
        (f"{delivery}.json", msgspec.json.format(msgspec.json.encode(made.message), indent=2))
        if made.mail is None
        else (f"{delivery}.eml", made.mail)
    )
    try:
        (folder / name).write_bytes(content)
    except OSError as error:
        raise Failure(f"--out: {folder / name} cannot be written: {error.strerror}") from error
