"""What an importer finds in a row of an old table: the closed set of what the log can take over."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from columba_shared.event import Event
from columba_shared.identity import derived_event_id
from columba_shared.log.addresses import Entry
from columba_shared.log.optouts import Refusal
from columba_shared.log.suppressions import Suppression
from columba_shared.raw_email import RawEmail
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A row of an old table."""

    table: str
    row: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """An attempt that the old system made; ``number`` tells it from the others at the same delivery, in their order."""

    number: int
    outcome: str
    at: datetime
    reply: str | None = None
    provider_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a delivery ended before Columba had it, with a final state."""

    state: State
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event, with a delivery for everybody it names: it waits, or is held as it says, unless it has ``ended``.

    Its id comes from ``event_id_for``: what the log has already stays as it stands there, and gets ``tries`` alone that
    it does not know. ``mail`` is for those that are finished mails; the event says nothing of that.
    """

    place: Place
    event: Event
    mail: RawEmail | None = None
    ended: Ended | None = None
    tries: tuple[Try, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """An address that must not be written to."""

    place: Place
    suppression: Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """An address of a user, as it was written there last; what the book has of it already stays."""

    place: Place
    entry: Entry
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut:
    """What a user does not want, and since when."""

    place: Place
    refusal: Refusal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A row that is not taken over, as it should be: it is only counted, by ``why``."""

    place: Place
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A row that could not be taken over."""

    place: Place
    reason: str


Listing: TypeAlias = OptedOut | Suppressed | Addressed
"""What is entered on a list; the others are told, or only counted."""
Item: TypeAlias = Told | Listing | Left | Bad


def event_id_for(system: str, *words: object) -> UUID:
    """Return the id that the same words always lead to.

    They say what was told, and when it was asked for: the number of a row alone may stand in two databases.
    """
    return derived_event_id(f"import {system}", "\x1f".join(map(str, words)))
