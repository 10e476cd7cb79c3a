"""The webhook target: a JSON value, signed, posted to the URL that is the delivery's address."""

import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec
from columba_shared.clock import Clock, utc_now
from columba_shared.errors import InvalidSetting
from columba_shared.settings import Setting, TargetEnv
from columba_shared.settings.webhook import WEBHOOK

from columba_consumers.errors import InvalidMessage, NetworkTrouble, TargetDown, Unknown
from columba_consumers.rendering.parts import MessageParts, Part
from columba_consumers.targets.http import AddressGuard, HttpClient, require_client, told
from columba_consumers.targets.octets import octets
from columba_consumers.targets.simple import SimpleTarget
from columba_consumers.targets.target import DeliveryRef, Receipt
from columba_consumers.targets.webhook.event import plain_event
from columba_consumers.targets.webhook.meaning import failure
from columba_consumers.targets.webhook.rest import Rest
from columba_consumers.targets.webhook.signature import signed
from columba_consumers.targets.webhook.url import Place, place_of
from columba_consumers.webhook_message import WebhookMessage

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

MOST_OCTETS: Final = 1024 * 1024
_MOST_OF_AN_ANSWER: Final = 16 * 1024
_KEEP: Final = timedelta(seconds=1)
"""There may be as many hosts as events name, and each kept connection is one open file."""
_READ_WITHIN: Final = timedelta(seconds=1)
_FIX: Final = ": COLUMBA_WEBHOOK_ALLOW is where a network is allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What is posted, but for the headers that say when."""

    place: Place
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class WebhookTarget(SimpleTarget):
    """Posts to whoever an event names, and to nobody who is not out in the world."""

    name: ClassVar[str] = "webhook"
    message: ClassVar[type[WebhookMessage]] = WebhookMessage
    parts: ClassVar[tuple[Part, ...]] = (Part(field="text", file="webhook.json", required=True),)
    settings: ClassVar[tuple[Setting, ...]] = WEBHOOK
    slots = 50

    def __init__(
        self, settings: TargetEnv, *, clock: Clock = utc_now, lookup: "AbstractResolver | None" = None
    ) -> None:
        """Prepare; ``lookup`` knows where names lead, None: as the system does."""
        super().__init__(settings)
        require_client(self.name)
        self._secrets = settings["secrets"]
        self._ports = frozenset(settings["ports"])
        self._clock = clock
        self._rest = Rest()
        self._client = HttpClient(
            timeout=settings["timeout"],
            most_octets=_MOST_OF_AN_ANSWER,
            guard=AddressGuard(settings["allow"], fix=_FIX),
            lookup=lookup,
            tls=_trust(settings),
            keep=_KEEP,
            read_within=_READ_WITHIN,
        )

    @classmethod
    def message_parts(cls) -> MessageParts[WebhookMessage]:
        """Return what its messages consist of; where nobody says anything, the event speaks for itself."""
        return MessageParts(target=cls.name, message=cls.message, parts=cls.parts, unsaid=plain_event)

    def leads_to(self) -> str:
        """Return where messages go, for people."""
        return f"the URLs that events name; secrets: {self._secrets}"

    def validate(self, address: str) -> None:
        """Raise ValueError for what is no URL that can be read in one way alone."""
        port = place_of(address).port
        if self._ports and port not in self._ports:
            raise ValueError(f"has the port {port}, which is not among those of COLUMBA_WEBHOOK_PORTS")

    def destination(self, address: str) -> str:
        """Return the host, whose pace it keeps."""
        try:
            return place_of(address).host
        except ValueError:
            return ""

    async def prepare(self, message: WebhookMessage, delivery: DeliveryRef) -> Post:
        """Return what is posted; raises InvalidMessage."""
        body = _body(message)
        if len(body) > MOST_OCTETS:
            raise InvalidMessage(f"body: has {len(body)} octets; a webhook has at most {MOST_OCTETS}")
        headers = {"Content-Type": "application/json", **message.headers}
        return Post(place=place_of(delivery.address), body=body, headers=headers)

    async def deliver(self, prepared: Post, delivery: DeliveryRef) -> Receipt:
        """Post it once, signed with this moment; raises DeliveryError."""
        place = prepared.place
        self._rest.check(place.host)
        secrets = self._secrets.of(place.host, place.path)
        marks = signed(secrets, message_id=str(delivery.id), at=self._clock(), body=prepared.body)
        headers = {**prepared.headers, **marks}
        try:
            reply = await self._client.post(place.url, body=prepared.body, headers=headers, destination=place.host)
        except TargetDown as error:  # of one receiver among many: it is theirs to mend, and given up in the end
            raise NetworkTrouble(error.reply) from error
        except (NetworkTrouble, Unknown) as error:
            if isinstance(error.__cause__, TimeoutError):
                self._rest.begin(place.host)
            raise
        self._rest.end(place.host)
        if not reply.is_success:
            raise failure(reply, place.host)
        return Receipt(reply=told(reply.status, reply.text), message=prepared.body)

    async def open(self) -> None:
        """Load what the client is made of."""
        await self._client.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


def _trust(settings: TargetEnv) -> ssl.SSLContext | None:
    ca_file = settings["ca_file"]
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        told = f"{ca_file} holds no certificates: {error.strerror}"
        raise InvalidSetting(settings.name_of("ca_file"), told) from error


def _body(message: WebhookMessage) -> bytes:
    if message.text is not None:
        return octets("text", message.text)
    try:
        return msgspec.json.encode(message.body)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidMessage(f"body: cannot be written as JSON: {error}") from error
