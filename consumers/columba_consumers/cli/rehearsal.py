"""A rehearsal: what would become of each of many deliveries if they were sent now, with nothing sent or recorded."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
from columba_shared.errors import ColumbaError
from columba_shared.event import AUDIENCE_PREFIX, GROUP_PREFIXES, Event, Recipient
from columba_shared.identity import delivery_id

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.logged import kept_event, logged_event
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
    """Makes messages page by page and counts; with a folder, each is written there as it would leave.

    With ``members``, audiences are asked who is in them, and each of those is rehearsed.
    """

    making: Making
    folder: Path | None = None
    members: bool = False
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
        delivery = account.delivery
        if self.members and delivery.address.startswith(AUDIENCE_PREFIX):
            await self._audience(account)
            return
        if delivery.address.startswith(GROUP_PREFIXES):
            self.would[Would.EXPAND] += 1
            return
        try:
            event, recipient = logged_event(account)
        except (ColumbaError, Failure) as error:
            self._broke(delivery, error)
            return
        kept = None if frozen is None else frozen.exact.content
        await self._single(delivery, event, recipient, kept)

    async def _audience(self, account: "Account") -> None:
        """Rehearse each member; that an audience cannot say who is in it is one failure."""
        from columba_consumers.cli.members import asked
        from columba_consumers.rendering.errors import Vanished

        delivery = account.delivery
        try:
            event = kept_event(account)
            async for some in asked(self.making.app, delivery.address, event):
                for recipient in some:
                    await self._member(delivery, event, recipient)
        except Vanished:
            self.would[Would.SAY_NOTHING] += 1
        except Exception as error:  # noqa: BLE001 - an audience is code of the app's, and may raise anything
            self._broke(delivery, error)

    async def _member(self, audience: "DeliveryRecord", event: Event, recipient: Recipient) -> None:
        if recipient.address.startswith(GROUP_PREFIXES):
            self.would[Would.EXPAND] += 1
            return
        own = delivery_id(event.id, event.target, recipient.address)
        await self._single(dataclasses.replace(audience, id=own, address=recipient.address), event, recipient)

    async def _single(
        self, delivery: "DeliveryRecord", event: Event, recipient: Recipient, kept: bytes | None = None
    ) -> None:
        from columba_consumers.rendering.errors import Vanished, Vetoed

        try:
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

    def _broke(self, delivery: "DeliveryRecord", error: Exception) -> None:
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


def _told(error: Exception) -> tuple[str, str]:
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
