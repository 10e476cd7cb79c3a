"""The chat target: a text for a place that people read, by whatever service Apprise knows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final

from columba_shared.errors import InvalidSetting
from columba_shared.settings import Setting, TargetEnv
from columba_shared.settings.chat import CHAT
from columba_shared.settings.chat_destinations import ChatDestination

from columba_consumers.chat_message import ChatMessage
from columba_consumers.rendering.parts import Part
from columba_consumers.targets.chat.aside import aside
from columba_consumers.targets.chat.library import LIBRARY, load
from columba_consumers.targets.chat.place import Place
from columba_consumers.targets.extras import require
from columba_consumers.targets.probing import any_works
from columba_consumers.targets.simple import SimpleTarget
from columba_consumers.targets.target import DeliveryRef, Receipt

_SLOTS_EACH: Final = 2
"""One is under way, and the next is ready."""


class ChatTarget(SimpleTarget):
    """Addresses are the names of destinations; each has a service, outages and a pace of its own."""

    name: ClassVar[str] = "chat"
    message: ClassVar[type[Any]] = ChatMessage
    parts: ClassVar[tuple[Part, ...]] = (
        Part(field="text", file="chat.txt", required=True, trimmed=True),
        Part(field="title", file="chat.title.txt", single_line=True),
    )
    settings: ClassVar[tuple[Setting, ...]] = CHAT

    def __init__(self, settings: TargetEnv) -> None:
        """Keep the destinations; Apprise is loaded when they are opened."""
        super().__init__(settings)
        require(self.name, LIBRARY, extra="chat")
        self._destinations: tuple[ChatDestination, ...] = settings["urls"] or ()
        if not self._destinations:
            raise InvalidSetting(settings.name_of("urls"), "is needed: chat goes where it says, such as ops=slack://…")
        self.slots = _SLOTS_EACH * len(self._destinations)
        timeout: timedelta = settings["timeout"]
        self._patience = timeout.total_seconds()
        self._places: dict[str, Place] = {}

    def leads_to(self) -> str:
        """Return all destinations, by name and service."""
        return ", ".join(map(str, self._destinations))

    def validate(self, address: str) -> None:
        """Return if there is such a destination; raises ValueError."""
        names = self.destinations()
        if address not in names:
            raise ValueError(f"names no destination: {address!r:.60}; COLUMBA_CHAT_URLS has {', '.join(names)}")

    def destination(self, address: str) -> str:
        """Return the destination's name: what one service does is no other's fault."""
        return address

    async def deliver(self, prepared: ChatMessage, delivery: DeliveryRef) -> Receipt:
        """Say it there; raises DeliveryError."""
        return await self._place(delivery.address).say(prepared)

    async def probe(self) -> None:
        """Return when any destination works: the others are no fault of it; raises TargetDown, which tells of all."""
        await any_works(self.destinations(), self.probe_one)

    def destinations(self) -> Sequence[str]:
        """Return the names of all."""
        return [each.name for each in self._destinations]

    async def probe_one(self, destination: str) -> None:
        """Read its URL, and connect where that names host and port; raises TargetDown."""
        await self._place(destination).probe()

    async def open(self) -> None:
        """Load Apprise and all its services, which takes seconds, while the event loop goes on."""
        await aside(load)

    async def close(self) -> None:
        """Forget the services; Apprise keeps no connection."""
        self._places = {}

    def _place(self, name: str) -> Place:
        if name not in self._places:
            (found,) = (each for each in self._destinations if each.name == name)
            self._places[name] = Place(found, patience=self._patience)
        return self._places[name]
