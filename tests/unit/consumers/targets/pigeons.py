"""A target of somebody's, for tests: it notes what it is asked, and does what it is told."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from columba_consumers.errors import DeliveryError, Throttled
from columba_consumers.targets import DeliveryRef, Part, Receipt, Setting, SimpleTarget, TargetEnv, parsers
from columba_shared.settings import Settings


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a pigeon carries."""

    text: str
    colour: str = "white"


class LoftFull(Exception):
    """What the library of pigeons raises."""


@dataclass
class Loft:
    """What happened, and what is to happen."""

    done: list[str] = field(default_factory=list)
    fail: dict[str, Exception] = field(default_factory=dict)
    returns: Any = field(default_factory=lambda: Receipt(reply="flown"))
    under_way: int = 0
    most: int = 0
    enough: int = 1
    busy: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once so many are under way."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Opened, it lets go those that try for more than the first time."""

    def does(self, what: str) -> None:
        """Note it, and raise what it is to raise."""
        self.done.append(what)
        if what in self.fail:
            raise self.fail[what]


class Pigeon(SimpleTarget):
    """Delivers notes by pigeon."""

    name = "pigeon"
    message = Note
    parts = (Part(field="text", file="pigeon.txt", required=True),)
    settings = (
        Setting(name="COLUMBA_PIGEON_LOFT", default="roof", parse=parsers.text, help="Where they live."),
        Setting(name="COLUMBA_PIGEON_RING", default="", parse=parsers.text, secret=True, help="Whose they are."),
    )
    slots = 3

    def __init__(self, settings: TargetEnv) -> None:
        super().__init__(settings)
        self.loft = Loft()

    def leads_to(self) -> str:
        """Return where they live."""
        return f"the loft on the {self.env['loft']}"

    def validate(self, address: str) -> None:
        """Refuse what is no roof."""
        if not address.startswith("roof-"):
            raise ValueError(f"is no roof: {address!r} (write roof-7)")

    def destination(self, address: str) -> str:
        """Return the roof."""
        return address

    async def prepare(self, message: Note, delivery: DeliveryRef) -> str:
        """Write it down."""
        self.loft.does("prepare")
        return f"{delivery.id}: {message.text}"

    async def deliver(self, prepared: str, delivery: DeliveryRef) -> Receipt:  # noqa: ARG002 - pigeons keep it
        """Let one fly."""
        self.loft.under_way += 1
        self.loft.most = max(self.loft.most, self.loft.under_way)
        try:
            self.loft.does("deliver")
            if self.loft.under_way >= self.loft.enough:
                self.loft.busy.set()
            if delivery.attempt > 1:
                await self.loft.gate.wait()
        finally:
            self.loft.under_way -= 1
        given: Receipt = self.loft.returns
        return given

    def classify(self, error: Exception) -> DeliveryError | None:
        """Know the loft."""
        return Throttled("the loft is full") if isinstance(error, LoftFull) else None

    async def probe(self) -> None:
        """Look."""
        self.loft.does("probe")

    async def open(self) -> None:
        """Open the loft."""
        self.loft.does("open")

    async def close(self) -> None:
        """Close the loft."""
        self.loft.does("close")


def settings_of(folder: Path, **environ: str) -> Settings:
    """Return settings that name the target."""
    return Settings.from_env({"COLUMBA_TARGETS": "email,pigeon"} | environ, directory=folder)


def reference(address: str = "roof-7", *, attempt: int = 1) -> DeliveryRef:
    """Return a delivery."""
    return DeliveryRef(
        id=UUID(int=7), event_id=UUID(int=1), kind="note.left", address=address, name=None, attempt=attempt
    )
