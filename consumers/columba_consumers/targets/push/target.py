"""The push target: Expo's service, to which messages of many deliveries go together."""

from typing import ClassVar, Final

import msgspec
from columba_shared.addresses.push import check_push
from columba_shared.settings import Setting, TargetEnv
from columba_shared.settings.push import PUSH

from columba_consumers.errors import InvalidMessage
from columba_consumers.push_message import PushMessage
from columba_consumers.rendering.parts import Part
from columba_consumers.targets.http import require_client
from columba_consumers.targets.push.batches import Batches
from columba_consumers.targets.push.expo import Expo, Push
from columba_consumers.targets.simple import SimpleTarget
from columba_consumers.targets.target import DeliveryRef, Receipt

MOST_OCTETS: Final = 4096
"""What Apple and Google take of one message."""
_NAMES: Final = {
    "title": "title",
    "subtitle": "subtitle",
    "body": "body",
    "data": "data",
    "sound": "sound",
    "badge": "badge",
    "priority": "priority",
    "channel_id": "channelId",
    "category_id": "categoryId",
    "interruption_level": "interruptionLevel",
}


class PushTarget(SimpleTarget):
    """Sends a notification to a device."""

    name: ClassVar[str] = "push"
    message: ClassVar[type[PushMessage]] = PushMessage
    parts: ClassVar[tuple[Part, ...]] = (
        Part(field="title", file="push.title.txt", single_line=True),
        Part(field="body", file="push.body.txt", required=True, trimmed=True),
    )
    settings: ClassVar[tuple[Setting, ...]] = PUSH
    slots = 300

    def __init__(self, settings: TargetEnv) -> None:
        super().__init__(settings)
        require_client(self.name)
        self._expo = expo(settings)
        self._batches: Batches[Push, str] = Batches(self._expo.send)

    def leads_to(self) -> str:
        """Return where messages go, for people."""
        return f"Expo's push service at {self.env['url']}"

    def validate(self, address: str) -> None:
        """Raise ValueError for what is no token of a device."""
        check_push(address)

    async def prepare(self, message: PushMessage, delivery: DeliveryRef) -> Push:
        """Return the message as Expo takes it; raises InvalidMessage for what is too large."""
        said = _said(message)
        if len(said) > MOST_OCTETS:
            told = f"{len(said)} octets together; a push message has at most {MOST_OCTETS}"
            raise InvalidMessage(f"title, body, data: {told}")
        to = delivery.address
        return Push(to=to, octets=b'{"to":%b,%b' % (msgspec.json.encode(to), said[1:]))

    async def deliver(self, prepared: Push, delivery: DeliveryRef) -> Receipt:  # noqa: ARG002 - Expo takes no id of ours
        """Hand it in with others; raises DeliveryError."""
        ticket = await self._batches.hand_in(prepared)
        return Receipt(reply="taken by Expo", provider_id=ticket, message=prepared.octets)

    async def probe(self) -> None:
        """Ask Expo something; raises TargetDown."""
        await self._expo.probe()

    async def open(self) -> None:
        """Load what the client is made of."""
        await self._expo.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._batches.close()
        await self._expo.close()


def expo(settings: TargetEnv) -> Expo:
    """Return the service that these settings lead to."""
    return Expo(url=settings["url"], token=settings["token"], timeout=settings["timeout"])


def _said(message: PushMessage) -> bytes:
    """Return an object in JSON, which is never empty."""
    values = {name: getattr(message, field) for field, name in _NAMES.items()}
    if message.ttl is not None:
        values["ttl"] = int(message.ttl.total_seconds())
    try:
        return msgspec.json.encode({name: value for name, value in values.items() if _is_told(value)})
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidMessage(f"title, body, data: cannot be written as JSON: {error}") from error


def _is_told(value: object) -> bool:
    return value is not None and value != {}
