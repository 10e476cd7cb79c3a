"""From a request to events: every argument is checked here before anything else happens."""

import dataclasses
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from columba_shared.blobs.store import Use
from columba_shared.clock import Clock, utc_now
from columba_shared.errors import InvalidEvent
from columba_shared.event import (
    ABOUT_PATTERN,
    KIND_PATTERN,
    MAX_ABOUT_LENGTH,
    MAX_NAME_LENGTH,
    NAME_PATTERN,
    Event,
    Lane,
    Step,
)
from columba_shared.identity import derived_event_id, event_id
from columba_shared.wire import encode
from msgspec.structs import replace

from columba_producer.attachments import checked_attachments
from columba_producer.context import checked_context
from columba_producer.contract import Contract
from columba_producer.digest import checked_digest
from columba_producer.enclosing import Enclosing
from columba_producer.fallback import chain_of, checked_fallbacks, in_turn
from columba_producer.finished_mail import checked_mail
from columba_producer.moments import due_at, expires_at
from columba_producer.request import EventRequest
from columba_producer.whom import Whom, checked_whom
from columba_producer.window import checked_key, checked_window

MAX_KEY_LENGTH: Final = 500
_ABOUT: Final = re.compile(ABOUT_PATTERN)
_KIND: Final = re.compile(KIND_PATTERN)
_NAME: Final = re.compile(NAME_PATTERN)
_KIND_WORDS: Final = "a-z, 0-9, _ and -, in parts joined by dots, such as invoice.ready"
_NAME_WORDS: Final = "a-z, 0-9, _ and -"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedEvent:
    """An event and the bytes as which it travels."""

    event: Event
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """Makes events for one producer, which knows these targets."""

    producer: str = ""
    targets: tuple[str, ...] = ("email",)
    clock: Clock = utc_now
    new_id: Callable[[], UUID] = event_id
    contract: Contract | None = None
    enclosing: Enclosing = field(default_factory=Enclosing)

    def __post_init__(self) -> None:
        """Refuse a producer that no event could name, and a set of targets that is none."""
        if not self.producer.isprintable():
            raise InvalidEvent("name", "must be visible characters")
        if len(self.producer.encode()) > MAX_NAME_LENGTH:
            raise InvalidEvent("name", f"must be at most {MAX_NAME_LENGTH} bytes long")
        for target in self.targets:
            _check_shape("targets", target, _NAME, _NAME_WORDS)

    def events(self, request: EventRequest) -> tuple[EncodedEvent, ...]:
        """Return one encoded event per target, all under one id; files too large to travel are in the blob store then.

        Raises InvalidEvent naming the argument, and BlobsAway.
        """
        now = self.clock()
        _check_shape("kind", request.kind, _KIND, _KIND_WORDS)
        targets = self._targets(request.target)
        chain = self._chain(request, targets) if request.fallback else ()
        targets = tuple(step.target for step in chain) or targets
        whom = None if _wants_audience(request) else checked_whom(request.to, targets, in_chain=bool(chain))
        due = due_at(request, now)
        window = checked_window(request, now, due)
        digest = checked_digest(request)
        draft = Event(
            id=self._id(request.idempotency_key),
            kind=request.kind,
            target=targets[0],
            lane=_lane(request.lane),
            producer=self.producer,
            to=() if whom is None else whom[targets[0]],
            audience=_name("audience", request.audience),
            context=checked_context(request.context),
            about=_about(request.about),
            created_at=now,
            due_at=due,
            expires_at=expires_at(request, now, due),
            key=window.key,
            max_wait_seconds=window.max_wait_seconds,
            hold=request.hold,
            auto=window.auto,
            four_eyes=request.four_eyes,
            by=request.by,
            digest=digest,
            category=_name("category", request.category),
            chain=chain,
        )
        events = [draft if target == draft.target else _by(target, draft, whom) for target in targets]
        if chain:
            events = in_turn(events, due or now)
        if request.mail is not None:
            return tuple(map(_encoded, self._with_mail(events, request, targets)))
        if self.contract is not None:
            for each in events:
                self.contract.check(each)
        if request.attachments != ():
            events = self._with_files(events, request, targets)
        return tuple(map(_encoded, events))

    def withdrawal(self, kind: str, *, key: str, target: str) -> EncodedEvent:
        """Return the event that withdraws a key; raises InvalidEvent naming the argument."""
        _check_shape("kind", kind, _KIND, _KIND_WORDS)
        (name,) = self._targets(target)
        event = Event(
            id=self.new_id(),
            kind=kind,
            target=name,
            producer=self.producer,
            created_at=self.clock(),
            key=checked_key(key),
            withdraw=True,
        )
        return _encoded(event)  # no contract is asked: withdrawing needs no words

    def _chain(self, request: EventRequest, targets: tuple[str, ...]) -> tuple[Step, ...]:
        if len(targets) > 1:
            raise InvalidEvent("fallback", f"goes with one target, which it follows, not with {', '.join(targets)}")
        if request.digest is not None:
            raise InvalidEvent("fallback", "goes with no digest, of which nobody can say whom it will reach in time")
        fallbacks = checked_fallbacks(request.fallback)
        for each in fallbacks:
            self._check_known("fallback", each.target)
        chain = chain_of(targets[0], fallbacks, hold=request.hold)
        if len({step.target for step in chain}) < len(chain):
            raise InvalidEvent("fallback", "names a target twice; each is tried once")
        return chain

    def _with_files(self, events: list[Event], request: EventRequest, targets: tuple[str, ...]) -> list[Event]:
        files = checked_attachments(request.attachments)
        for each in events:
            encode(each)  # before anything is stored: what cannot travel needs no files
        use = Use(event_id=events[0].id, targets=targets, at=events[0].created_at)
        enclosed = self.enclosing.enclosed(files, use)
        return [replace(each, attachments=enclosed) for each in events]

    def _with_mail(self, events: list[Event], request: EventRequest, targets: tuple[str, ...]) -> list[Event]:
        """Return the event with the mail that it is told by: no contract is asked, since it needs no words."""
        mail = checked_mail(request, targets, most_mib=self.enclosing.most_mib)
        use = Use(event_id=events[0].id, targets=targets, at=events[0].created_at)
        # Base64 has made the files a third larger, and they have been counted.
        enclosed = dataclasses.replace(self.enclosing, most_mib=self.enclosing.most_mib * 2).enclosed((mail.file,), use)
        return [replace(each, attachments=enclosed, finished=mail.finished) for each in events]

    def _targets(self, given: object) -> tuple[str, ...]:
        names = (given,) if isinstance(given, str) else given
        if not isinstance(names, Iterable):
            raise InvalidEvent("target", f"must be a name or a list of names, not {type(given).__name__}")
        targets = tuple(dict.fromkeys(names))
        if not targets:
            raise InvalidEvent("target", f"is empty; known are {', '.join(self.targets)}")
        for target in targets:
            self._check_known("target", target)
        return targets

    def _check_known(self, field: str, target: object) -> None:
        if target not in self.targets:
            raise InvalidEvent(
                field, f"{target!r:.60} is unknown; known are {', '.join(self.targets)} (COLUMBA_TARGETS or targets=)"
            )

    def _id(self, key: object) -> UUID:
        if key is None:
            return self.new_id()
        if not isinstance(key, str) or not key or len(key) > MAX_KEY_LENGTH:
            raise InvalidEvent("idempotency_key", f"must be a string of 1 to {MAX_KEY_LENGTH} characters")
        return derived_event_id(self.producer, key)


def _wants_audience(request: EventRequest) -> bool:
    if request.to is not None and request.audience is not None:
        raise InvalidEvent("audience", "give to or audience, not both")
    if request.to is None and request.audience is None:
        raise InvalidEvent("to", "give recipients, or an audience")
    return request.audience is not None


def _name(field: str, given: object) -> str | None:
    return None if given is None else _check_shape(field, given, _NAME, _NAME_WORDS)


def _about(given: object) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise InvalidEvent("about", f"must be a string such as invoice:42, not {type(given).__name__}")
    if not _ABOUT.fullmatch(given) or len(given) > MAX_ABOUT_LENGTH:
        raise InvalidEvent(
            "about",
            f"{given!r:.60} must be a sort of thing and its id, such as invoice:42, in {MAX_ABOUT_LENGTH} "
            "visible characters; the sort is made of a-z, 0-9, _, - and dots",
        )
    return given


def _check_shape(field: str, given: object, shape: re.Pattern[str], allowed: str) -> str:
    if not isinstance(given, str):
        raise InvalidEvent(field, f"must be a string, not {type(given).__name__}")
    if not shape.fullmatch(given):
        raise InvalidEvent(field, f"{given!r:.60} must be made of {allowed}")
    if len(given) > MAX_NAME_LENGTH:
        raise InvalidEvent(field, f"is {len(given)} characters long, at most {MAX_NAME_LENGTH} are accepted")
    return given


def _lane(given: str) -> Lane:
    try:
        return Lane(given)
    except ValueError as error:
        raise InvalidEvent("lane", f"{given!r:.60} is none; there are {', '.join(Lane)}") from error


def _by(target: str, draft: Event, whom: Whom | None) -> Event:
    return replace(draft, target=target, to=() if whom is None else whom[target])


def _encoded(event: Event) -> EncodedEvent:
    return EncodedEvent(event=event, body=encode(event))
