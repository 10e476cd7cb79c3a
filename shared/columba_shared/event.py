"""The event: what an app publishes, immutable and small enough to travel."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from columba_shared.digest import DigestTerms
from columba_shared.enclosure import MAX_ENCLOSURES, Enclosure

VERSION = 1
MAX_EVENT_BYTES = 1024 * 1024
MAX_NAME_LENGTH = 100
MAX_ADDRESS_LENGTH = 500
MAX_RECIPIENTS = 10_000
MAX_KEY_LENGTH = 200
MAX_ABOUT_LENGTH = 300
MAX_STEPS = 10

AUDIENCE_PREFIX = "audience:"
"""An audience has a delivery of its own, to this pseudo-address, which ends when everybody in it has one."""
USER_PREFIX = "user:"
"""So has a user of the address book, until each of their active addresses has one."""
GROUP_PREFIXES = (AUDIENCE_PREFIX, USER_PREFIX)

KIND_PATTERN = r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*$(?!\n)"
ABOUT_PATTERN = r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*(:[^\x00-\x1f\x7f]+)?$(?!\n)"
NAME_PATTERN = r"^[a-z0-9_-]+$(?!\n)"
# In Python `$` also matches before a last line feed, hence what follows it.

Kind = Annotated[str, Meta(pattern=KIND_PATTERN, max_length=MAX_NAME_LENGTH)]
Name = Annotated[str, Meta(pattern=NAME_PATTERN, max_length=MAX_NAME_LENGTH)]
Label = Annotated[str, Meta(max_length=MAX_NAME_LENGTH)]
Address = Annotated[str, Meta(min_length=1, max_length=MAX_ADDRESS_LENGTH)]
About = Annotated[str, Meta(pattern=ABOUT_PATTERN, max_length=MAX_ABOUT_LENGTH)]
Moment = Annotated[datetime, Meta(tz=True)]
Key = Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)]
Wait = Annotated[float, Meta(gt=0, le=3_200_000_000)]
Offset = Annotated[float, Meta(ge=0, le=3_200_000_000)]


class Lane(StrEnum):
    """Which queue of its target an event waits in."""

    URGENT = "urgent"
    NORMAL = "normal"
    BULK = "bulk"


class Auto(StrEnum):
    """What becomes of a held event that nobody has decided about by the time it is due."""

    APPROVE = "approve"
    CANCEL = "cancel"


class Recipient(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One address on one target, and what is known of the person behind it."""

    address: Address
    user: Label | None = None
    name: Annotated[str, Meta(max_length=200)] | None = None
    locale: Label | None = None
    zone: Label | None = None
    context: dict[str, Any] = {}


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One target of a chain, and when it is due: so long after the first one is.

    ``hold`` says of the first that it was published to be held, so that none of the others goes before that is known.
    """

    target: Name
    after_seconds: Offset = 0
    hold: bool = False


class FinishedMail(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Says that an event's only file is the mail itself, as it goes out; the rest is as a RawEmail has it."""

    sender: Annotated[str, Meta(min_length=1, max_length=MAX_ADDRESS_LENGTH)] | None = None
    account: tuple[Name, ...] = ()


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="v", tag=VERSION):
    """What happened, whom to tell, on which target, with which facts, and when.

    An event for several targets travels as one of these per target, all under one id. On its way it names recipients or
    an audience; the log keeps it without either once its deliveries have rows of their own. One that withdraws a key
    tells nobody anything. ``about`` names a thing of the app's, ``invoice:42``, or a sort of them, ``invoice``: what is
    there at delivery is what counts. ``chain`` names the targets, its own among them, by which the same people are told
    one after the other until one has reached them. One with ``digest`` is told together with
    others, by the event of a digest, which ``gathers`` them. One with ``finished`` brings the mail that it is told by.
    """

    id: UUID
    kind: Kind
    target: Name
    lane: Lane = Lane.NORMAL
    producer: Label = ""
    to: Annotated[tuple[Recipient, ...], Meta(max_length=MAX_RECIPIENTS)] = ()
    audience: Name | None = None
    context: dict[str, Any] = {}
    about: About | None = None
    attachments: Annotated[tuple[Enclosure, ...], Meta(max_length=MAX_ENCLOSURES)] = ()
    finished: FinishedMail | None = None
    created_at: Moment
    due_at: Moment | None = None
    expires_at: Moment | None = None
    key: Key | None = None
    max_wait_seconds: Wait | None = None
    withdraw: bool = False
    hold: bool = False
    auto: Auto | None = None
    four_eyes: bool = False
    by: Label | None = None
    category: Name | None = None
    chain: Annotated[tuple[Step, ...], Meta(max_length=MAX_STEPS)] = ()
    digest: DigestTerms | None = None
    gathers: bool = False

    @property
    def needs_ledger(self) -> bool:
        """Whether it reaches its target only by way of the log: whoever wrote it, or somebody else, decides there."""
        return self.key is not None or self.hold or self.digest is not None

    @property
    def is_keyed(self) -> bool:
        """Whether the ledger has the last word on when it goes to its target: something may replace it, or join it."""
        return self.gathers or (self.key is not None and self.digest is None)

    @property
    def filed_under(self) -> str:
        """What people opt out of: the category, by default the kind's first word."""
        return self.category or self.kind.partition(".")[0]
