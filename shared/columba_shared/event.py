"""The event: what an app publishes, immutable and small enough to travel."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

VERSION = 1
MAX_EVENT_BYTES = 1024 * 1024
MAX_NAME_LENGTH = 100
MAX_ADDRESS_LENGTH = 500
MAX_RECIPIENTS = 10_000

KIND_PATTERN = r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*$(?!\n)"
NAME_PATTERN = r"^[a-z0-9_-]+$(?!\n)"
# In Python `$` also matches before a last line feed, hence what follows it.

Kind = Annotated[str, Meta(pattern=KIND_PATTERN, max_length=MAX_NAME_LENGTH)]
Name = Annotated[str, Meta(pattern=NAME_PATTERN, max_length=MAX_NAME_LENGTH)]
Label = Annotated[str, Meta(max_length=MAX_NAME_LENGTH)]
Address = Annotated[str, Meta(min_length=1, max_length=MAX_ADDRESS_LENGTH)]
Moment = Annotated[datetime, Meta(tz=True)]


class Lane(StrEnum):
    """Which queue of its target an event waits in."""

    URGENT = "urgent"
    NORMAL = "normal"
    BULK = "bulk"


class Recipient(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One address on one target, and what is known of the person behind it."""

    address: Address
    user: Label | None = None
    name: Annotated[str, Meta(max_length=200)] | None = None
    locale: Label | None = None
    zone: Label | None = None
    context: dict[str, Any] = {}


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="v", tag=VERSION):
    """What happened, whom to tell, on which target, with which facts, and when.

    An event for several targets travels as one of these per target, all under one id. On its way it names recipients or
    an audience; the log keeps it without either once its deliveries have rows of their own.
    """

    id: UUID
    kind: Kind
    target: Name
    lane: Lane = Lane.NORMAL
    producer: Label = ""
    to: Annotated[tuple[Recipient, ...], Meta(max_length=MAX_RECIPIENTS)] = ()
    audience: Name | None = None
    context: dict[str, Any] = {}
    created_at: Moment
    due_at: Moment | None = None
    expires_at: Moment | None = None
