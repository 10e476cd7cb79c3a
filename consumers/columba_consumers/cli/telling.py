"""An account of a delivery in words: what happened when, and the one sentence that it comes to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import UUID

from columba_shared import wire
from columba_shared.errors import ColumbaError
from columba_shared.log.audit import Deed
from columba_shared.state import CLAIMABLE, State

from columba_consumers.cli.answer import answer, ended, upcoming
from columba_consumers.cli.listing import SHORT
from columba_consumers.cli.returning import came_back, returned
from columba_consumers.cli.words import brief, moment

if TYPE_CHECKING:
    from columba_shared.event import Event
    from columba_shared.log.audit import Act
    from columba_shared.log.bounce import Bounce
    from columba_shared.log.brake import Brake
    from columba_shared.log.gathering.telling import Digests
    from columba_shared.log.lineage import Lineages, Link
    from columba_shared.log.pauses import Pause
    from columba_shared.log.records import Account, AttemptRecord, DeliveryRecord, EventRecord
    from columba_shared.log.waiting import Closed

    from columba_consumers.cli.enclosed import File

_POSTPONED: Final = "postponed"
_OUTCOMES: Final = {
    "sent": ("sent", State.SENT),
    "skipped": ("skipped", State.SKIPPED),
    "retry": ("did not work", State.RETRYING),
    _POSTPONED: ("postponed, nothing was spent", State.SCHEDULED),
    "reject": ("refused for good", State.DEAD),
    "in_doubt": ("in doubt", State.IN_DOUBT),
    "expired": ("expired", State.EXPIRED),
    "crash": ("killed its process", State.DEAD),
    "expanded": ("everybody in it has a delivery", State.EXPANDED),
}

_UNRENDERED: Final = "cannot be rendered"


_DEEDS: Final = {Deed.HELD: State.HELD, Deed.CANCELLED: State.CANCELLED, Deed.DROPPED: State.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened; ``state`` is the one that it led to."""

    at: datetime
    delivery_id: UUID
    kind: str
    target: str
    state: State
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A delivery with its attempts, what comes next, and the answer to "did they get it, and why not?"."""

    delivery: "DeliveryRecord"
    attempts: "tuple[AttemptRecord, ...]"
    next: str | None
    answer: str
    bounces: "tuple[Bounce, ...]" = ()
    chain: "tuple[Link, ...]" = ()
    files: "tuple[File, ...]" = ()


def tell(
    account: "Account",
    *,
    now: datetime,
    paused: "Mapping[str, Pause]",
    braked: "Mapping[UUID, Brake]",
    closed: "Sequence[Closed]" = (),
    digests: "Digests | None" = None,
    chains: "Lineages | None" = None,
    files: "Mapping[UUID, tuple[File, ...]] | None" = None,
) -> Told:
    """Return what is to be said about a delivery.

    ``paused`` are the targets that are, by name, ``braked`` the brakes that will hold deliveries which wait, and
    ``closed`` the destinations to which nothing goes now. ``digests`` are what tells those that are gathered,
    ``chains`` what became of those that have fallbacks, or are one, and ``files`` those that go with them.
    """
    digest = (digests or {}).get(account.delivery.id)
    if digest is not None:
        return _told_by(account, digest, now)
    pause, brake = paused.get(account.delivery.target), braked.get(account.delivery.id)
    shut = _closed_to(account.delivery, closed)
    said = next((each.reply for each in reversed(account.attempts) if each.outcome == "sent"), None)
    back = came_back(account)
    return Told(
        delivery=account.delivery,
        attempts=account.attempts,
        bounces=account.bounces,
        chain=tuple((chains or {}).get(account.delivery.id, ())),
        files=(files or {}).get(account.delivery.id, ()),
        next=upcoming(account.delivery, now=now, pause=pause, brake=brake, closed=shut),
        answer=_named(account.delivery)
        + (back or answer(account.delivery, reply=said, now=now, pause=pause, brake=brake, closed=shut)),
    )


def _told_by(account: "Account", digest: "DeliveryRecord", now: datetime) -> Told:
    """Return what is to be said about a delivery that is told by another: what becomes of that."""
    said = f"It is told by digest {brief(digest.event_id)}: {answer(digest, reply=None, now=now)}"
    return Told(delivery=account.delivery, attempts=(), next=upcoming(digest, now=now), answer=said)


def _named(delivery: "DeliveryRecord") -> str:
    """Return what says that a delivery is a digest; nothing for others."""
    is_digest = delivery.digest_id is not None and delivery.digest_id == delivery.event_id
    return f"It is digest {brief(delivery.event_id)}: " if is_digest else ""


def _closed_to(delivery: "DeliveryRecord", closed: "Sequence[Closed]") -> "Closed | None":
    """Return what keeps a delivery that waits from going: its target as a whole before its destination.

    Only the target knows what it calls that, and it is not made for this: an address, or the domain or host in it.
    """
    found = {each.name: each for each in closed if each.target == delivery.target}
    if not found:
        return None
    from columba_consumers.targets.email.addresses import domain_of

    names = ("", delivery.address, domain_of(delivery.address), _host(delivery.address))
    return next((found[name] for name in names if name in found), None)


def _host(address: str) -> str:
    """Return the host of a URL; empty: it is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def timeline(accounts: "tuple[Account, ...]", acts: "Sequence[Act]" = ()) -> list[Happening]:
    """Return everything that happened to these deliveries, and what people did to them, in time order."""
    done: defaultdict[UUID, list[Act]] = defaultdict(list)
    for act in acts:
        if act.delivery_id is not None:
            done[act.delivery_id].append(act)
    told = (each for account in accounts for each in _happenings(account, done[account.delivery.id]))
    return sorted(told, key=lambda each: each.at)


def _happenings(account: "Account", acts: "Sequence[Act]") -> Iterator[Happening]:
    delivery = account.delivery
    published = account.event.created_at if account.event else delivery.created_at
    yield _happening(delivery, published, State.SCHEDULED, _publication(account.event))
    for number, attempt in numbered(account.attempts):
        state = _OUTCOMES.get(attempt.outcome, ("", delivery.state))[1]
        yield _happening(delivery, attempt.finished_at, state, _attempt(attempt, number))
    for act in acts:
        yield _happening(delivery, act.at, _led_to(act), _deed(act))
    for each in account.bounces:
        yield _happening(delivery, each.at, State.DEAD, returned(each))
    ends = [attempt.finished_at for attempt in account.attempts] + [act.at for act in acts]
    if delivery.updated_at > max(ends, default=delivery.created_at) and not _is_routine(delivery):
        yield _happening(delivery, delivery.updated_at, delivery.state, ended(delivery.state, delivery.reason))


def _is_routine(delivery: "DeliveryRecord") -> bool:
    """Say whether its last change is only that a copy is on its way."""
    return delivery.state in CLAIMABLE and delivery.reason is None


def _led_to(act: "Act") -> State:
    """Return the state that somebody's deed led to."""
    changed = act.detail.get("state")
    if act.what is Deed.HOOK_FAILED:
        return State(str(changed))
    if act.what is Deed.SETTLED and isinstance(changed, list):
        return State(changed[-1])
    return _DEEDS.get(act.what, State.SCHEDULED)


def _deed(act: "Act") -> str:
    if act.what is Deed.HOOK_FAILED:
        return f"the hook {act.author.who} failed: {act.author.why}"
    due = act.detail.get("due_at")
    said = f"{act.what} as {act.detail['as']}" if "as" in act.detail else act.what
    moved = (
        f" to {moment(datetime.fromisoformat(due[-1]))}"
        if act.what is Deed.RESCHEDULED and isinstance(due, list)
        else ""
    )
    brake = f" from brake {act.detail['brake']}" if act.what is Deed.RELEASED and "brake" in act.detail else ""
    return f"{said} by {act.author.who}{moved}{brake}" + (f": {act.author.why}" if act.author.why else "")


def _publication(event: "EventRecord | None") -> str:
    if event is None:
        return "published; its event has been purged"
    by = f" by {event.producer}" if event.producer else ""
    body = _body(event)
    if body is not None and body.gathers:
        return f"a digest was opened, due at {moment(event.due_at)}"
    if body is not None:
        by += f", caused by {body.by}" if body.by else ""
        by += ", to be held" if body.hold else ""
        by += ", to be told by a digest" if body.digest is not None else ""
    due = f", due at {moment(event.due_at)}" if event.due_at else ""
    until = f", worthless after {moment(event.expires_at)}" if event.expires_at else ""
    return f"published{by}{due}{until}"


def _body(event: "EventRecord") -> "Event | None":
    """Return the event as it was published; None when this version cannot read it."""
    try:
        return wire.decode_kept(event.body)
    except ColumbaError:
        return None


def numbered(attempts: "Sequence[AttemptRecord]") -> "Iterator[tuple[int, AttemptRecord]]":
    """Yield each attempt with its number; 0: none was spent yet.

    A retry counts anew how many may still be spent. For whoever reads of all of them, the numbers go on.
    """
    before = last = 0
    for each in attempts:
        if each.number < last or (each.number == last and each.outcome != _POSTPONED):
            before += last
        last = each.number
        yield before + last, each


def _attempt(attempt: "AttemptRecord", number: int) -> str:
    words = _UNRENDERED if _is_unrendered(attempt) else _OUTCOMES.get(attempt.outcome, (attempt.outcome, None))[0]
    which = [f"attempt {number}"] if number else []
    which += [f"account {attempt.account}"] if attempt.account else []
    which += [f"templates {attempt.version[:SHORT]}"] if attempt.version else []
    told = f"{', '.join(which)}: " if which else ""
    seconds = (attempt.finished_at - attempt.started_at).total_seconds()
    time = f" after {seconds:.1f} s" if seconds >= 1 else ""
    return f"{told}{words}{time}" + (f": {attempt.reply}" if attempt.reply else "")


def _is_unrendered(attempt: "AttemptRecord") -> bool:
    """Say whether no message could be made, so that no server has refused anything."""
    return attempt.outcome == "reject" and attempt.stage == "render"


def _happening(delivery: "DeliveryRecord", at: datetime, state: State, text: str) -> Happening:
    return Happening(at=at, delivery_id=delivery.id, kind=delivery.kind, target=delivery.target, state=state, text=text)
