"""The files target: from a message to files that lie, whole, where they were to be brought."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, ClassVar, Final

from columba_shared.errors import InvalidSetting
from columba_shared.settings import Setting, TargetEnv
from columba_shared.settings.file_destinations import Destinations
from columba_shared.settings.files import FILES

from columba_consumers.errors import TargetDown
from columba_consumers.file_message import FileMessage
from columba_consumers.rendering.parts import MessageParts
from columba_consumers.targets.files.draft import Draft
from columba_consumers.targets.files.packer import Packer
from columba_consumers.targets.files.packing import Packed
from columba_consumers.targets.files.parts import FILES_PARTS
from columba_consumers.targets.files.receiver import Receiver
from columba_consumers.targets.files.receivers import receiver
from columba_consumers.targets.files.validators import Validators
from columba_consumers.targets.probing import any_works
from columba_consumers.targets.room import Room
from columba_consumers.targets.simple import SimpleTarget
from columba_consumers.targets.target import Content, DeliveryRef, Receipt

_PATIENCE_SECONDS: Final = 5.0
"""How long a delivery waits for a connection: it has a slot, which another destination may need."""
_FEWEST_SLOTS: Final = 50
_SLOTS_EACH: Final = 4
"""Deliveries for each connection: while some wait for theirs, others are packed, and another destination is served."""
_PROBED_SECONDS: Final = 50.0
"""Less than a whole probe has, so that this one tells which destination is silent."""
_REMEMBERED: Final = 10_000
"""Deliveries that were begun and did not end well; what older ones left goes by its age."""


class FilesTarget(SimpleTarget):
    """Addresses are the names of destinations; each has connections, outages and a pace of its own."""

    name: ClassVar[str] = "files"
    message: ClassVar[type[Any]] = FileMessage
    settings: ClassVar[tuple[Setting, ...]] = FILES

    def __init__(self, settings: TargetEnv) -> None:
        """Read the validators' schemas; nothing is opened."""
        super().__init__(settings)
        self._destinations: Destinations = settings["destinations"]
        if find_spec("asyncssh") is None and any(each.scheme == "sftp" for each in self._destinations):
            raise InvalidSetting(
                settings.name_of("destinations"), "sftp needs asyncssh: install columba-consumers[files]"
            )
        try:
            self._validators = Validators.of(settings["validators"], within=settings["validator_timeout"])
        except ValueError as error:
            raise InvalidSetting(settings.name_of("validators"), str(error)) from error
        self.slots = max(_FEWEST_SLOTS, _SLOTS_EACH * sum(each.connections for each in self._destinations))
        self._packer: Packer | None = None
        self._receivers: dict[str, Receiver] = {}
        self._rooms: dict[str, Room] = {}
        self._unfinished: dict[int, None] = {}
        """The numbers of deliveries: an UUID's hash is made in Python."""

    @classmethod
    def message_parts(cls) -> MessageParts[Any]:
        """Return what its messages consist of: an event's attachments go along."""
        return FILES_PARTS

    def leads_to(self) -> str:
        """Return all destinations, without their passwords."""
        return str(self._destinations) if self._destinations else "nowhere: COLUMBA_FILES_DESTINATIONS is not set"

    def validate(self, address: str) -> None:
        """Return if there is such a destination; raises ValueError."""
        try:
            self._destinations.named(address)
        except ValueError as error:
            raise ValueError(f"names nothing: {error}") from None

    def destination(self, address: str) -> str:
        """Return the destination's name: two logins on one host fail and are slow each for itself."""
        return address

    async def gather(self, message: Content) -> FileMessage:
        """Return the message with the files that it names read."""
        return await self._packing().gathered(message)

    async def prepare(self, message: Content, delivery: DeliveryRef) -> Packed:
        """Return what goes out, validated and packed: once for all destinations that get the same of one event."""
        return await self._packing().packed(message, event=delivery.event_id, kind=delivery.kind)

    async def deliver(self, prepared: Packed, delivery: DeliveryRef) -> Receipt:
        """Bring it there; the same delivery again ends in the same files."""
        async with self._room(delivery.address).place():
            # What is not spent does not count as an attempt, and may have left something behind all the same.
            number = delivery.id.int
            again = delivery.attempt > 1 or number in self._unfinished
            self._unfinished[number] = None
            if len(self._unfinished) > _REMEMBERED:
                del self._unfinished[next(iter(self._unfinished))]
            how = await self._receiver(delivery.address).put(prepared, Draft(delivery=delivery.id, again=again))
            self._unfinished.pop(number, None)
        last = prepared.files[-1]
        others = f" and {len(prepared.files) - 1} more" if len(prepared.files) > 1 else ""
        return Receipt(
            reply=f"{last.place}{others}, {prepared.size:,} bytes, {how}",
            provider_id=last.place,
            message=last.content if isinstance(last.content, bytes) and not others else None,
        )

    async def probe(self) -> None:
        """Return when any destination works: the others are no fault of it; raises TargetDown, which tells of all."""
        if not self._destinations:
            raise TargetDown("COLUMBA_FILES_DESTINATIONS is not set")
        await any_works(self.destinations(), self.probe_one)

    def destinations(self) -> Sequence[str]:
        """Return the names of all."""
        return [each.name for each in self._destinations]

    async def probe_one(self, destination: str) -> None:
        """Go there; raises TargetDown."""
        await self._receiver(destination).probe()

    async def close(self) -> None:
        """Let go of every connection."""
        receivers, self._receivers = self._receivers, {}
        packer, self._packer = self._packer, None
        if packer is not None:
            packer.close()
        for each in receivers.values():
            await each.close()

    def _room(self, name: str) -> Room:
        """Return the destination's room. At the only destination there is all wait: nobody else needs the slots."""
        if name not in self._rooms:
            patience = _PATIENCE_SECONDS if len(self._destinations) > 1 else None
            self._rooms[name] = Room(self._destinations.named(name).connections, patience=patience)
        return self._rooms[name]

    def _packing(self) -> Packer:
        if self._packer is None:
            self._packer = Packer(self._validators, max_size=self.env["max_size"])
        return self._packer

    def _receiver(self, name: str) -> Receiver:
        if name not in self._receivers:
            self._receivers[name] = receiver(self._destinations.named(name))
        return self._receivers[name]
