"""Orders applied to what is about to be written: what they stop is written as stopped, and nobody sends it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import Connection, false, select

from columba_shared import wire
from columba_shared.event import GROUP_PREFIXES, Event
from columba_shared.log import blob_uses, braked, capping, chaining, orders, suppressions
from columba_shared.log.braked import Stop
from columba_shared.log.capping import Excess
from columba_shared.log.entries import Claim, DeliveryEntry, EventEntry, Standing
from columba_shared.log.nameless import MARK
from columba_shared.log.orders import Action, Orders
from columba_shared.log.succession import Judgement
from columba_shared.log.tables import address, optout
from columba_shared.log.types import MAX_TEXT
from columba_shared.state import CLAIMABLE, State

FORGOTTEN: Final = "forgotten"
"""Why a delivery ended that nobody may remember; its address begins so too."""
OPTED_OUT: Final = "opted out"
"""How the reason begins of a delivery whose user does not want it."""
INACTIVE: Final = "address not active"
"""How the reason begins of a delivery to an address that is out of use."""
_STOPPABLE: Final = frozenset({State.SENDING, *CLAIMABLE, State.DEAD})
"""What a claim may lead to that an order comes before: what failed to be made has not been sent either."""
_STOPPED: Final = {Action.CANCEL: State.CANCELLED, Action.HOLD: State.HELD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """The claims as they are to be written, and how those stand that their makers may not go on with."""

    claims: Sequence[Claim]
    stopped: dict[UUID, Standing] = field(default_factory=dict)
    braked: dict[UUID, Stop] = field(default_factory=dict)
    turns: Mapping[UUID, Judgement] = field(default_factory=dict)
    """Which of those that belong to a chain have their turn."""


class Screen:
    """Keeps the orders of one generation, and reads them anew when there is another."""

    def __init__(self) -> None:
        """Start out with none."""
        self._orders: Orders | None = None

    def claims(self, connection: Connection, claims: Sequence[Claim]) -> Screened:
        """Return the claims, those that an order stops on their way into the state that it calls for."""
        current = self.current(connection)
        ordered = Screened(claims=claims) if current.idle else self._by_orders(connection, claims, current)
        in_turn = _in_turn(ordered, chaining.turns(connection, ordered.claims))
        return _capped(in_turn, capping.over(connection, in_turn.claims))

    def _by_orders(self, connection: Connection, claims: Sequence[Claim], current: Orders) -> Screened:
        unwanted = _unwanted(connection, claims, current) if current.people or current.suppressing else {}
        screened = [_screened(each, current, unwanted.get(each.delivery.id)) for each in claims]
        nameless = _nameless_ids(each.delivery for each in screened)
        before, after = [each.event for each in claims], [each.event for each in screened]
        blob_uses.drop_of_bared(connection, before, after, nameless=nameless)
        held = {each.id: each for each in _braked(connection, claims, screened, current)}
        screened = [_held(each, held) for each in screened]
        stopped = {
            after.delivery.id: _standing(after)
            for before, after in zip(claims, screened, strict=True)
            if before is not after
        }
        return Screened(claims=screened, stopped=stopped, braked=held)

    def records(
        self, connection: Connection, events: Sequence[EventEntry], deliveries: Sequence[DeliveryEntry]
    ) -> tuple[Sequence[EventEntry], Sequence[DeliveryEntry]]:
        """Return events and deliveries as they are to be recorded."""
        current = self.current(connection)
        if not current.stops_recording:
            return events, deliveries
        kept = [_kept(each, current) for each in events]
        written = [recorded(each, current) for each in deliveries]
        blob_uses.drop_of_bared(connection, events, kept, nameless=_nameless_ids(written))
        return kept, written

    def current(self, connection: Connection) -> Orders:
        """Return the orders in force; nobody raises their generation until this transaction ends."""
        generation = orders.generation(connection)
        if self._orders is None or self._orders.generation != generation:
            self._orders = orders.in_force(connection, self._orders)
        return self._orders


def _screened(claim: Claim, current: Orders, unwanted: str | None) -> Claim:
    entry = claim.delivery
    if current.has_forgotten(entry.address, entry.asked):
        event = replace(claim.event, event=bare(entry.event), body=wire.encode(bare(entry.event)))
        nameless = replace(_nameless(entry, current), event=event.event)
        return replace(claim, event=event, delivery=nameless, state=State.CANCELLED, reason=FORGOTTEN, attempt=None)
    if claim.state not in _STOPPABLE:
        return claim
    cutoff = current.cutoff_for(entry.event, entry.asked, entry.due_at)
    if cutoff is not None:
        return _stopped(claim, _STOPPED[cutoff.action], cutoff.reason)
    return (
        claim
        if unwanted is None or claim.state is not State.SENDING
        else replace(claim, state=State.SUPPRESSED, reason=unwanted)
    )


def _braked(connection: Connection, claims: Sequence[Claim], screened: Sequence[Claim], current: Orders) -> list[Stop]:
    """Return what nothing else stops, and a brake does."""
    if not current.brakes:
        return []
    going = [
        after.delivery
        for before, after in zip(claims, screened, strict=True)
        if before is after and after.state in _STOPPABLE
    ]
    return braked.stopped(connection, current.brakes, going)


def _held(claim: Claim, held: Mapping[UUID, Stop]) -> Claim:
    stop = held.get(claim.delivery.id)
    return claim if stop is None else _stopped(claim, State.HELD, stop.brakes[0].reason)


def _stopped(claim: Claim, state: State, reason: str) -> Claim:
    """Return the claim as if nothing had been tried: it spends no attempt, and puts nothing off."""
    untried = replace(claim, attempts=claim.attempts - claim.spent, spent=0, due_at=None, attempt=None)
    return replace(untried, state=state, reason=reason)


def _in_turn(screened: Screened, turns: Mapping[UUID, Judgement]) -> Screened:
    """Return what was screened as the chains that it belongs to would have it."""
    if not turns:
        return screened
    claims = [chaining.as_judged(each, turns) for each in screened.claims]
    changed = {
        after.delivery.id: _standing(after)
        for before, after in zip(screened.claims, claims, strict=True)
        if before is not after
    }
    return replace(screened, claims=claims, stopped=screened.stopped | changed, turns=turns)


def _capped(screened: Screened, over: Mapping[UUID, Excess]) -> Screened:
    """Return what was screened without what is too much for those who would get it."""
    if not over:
        return screened
    ended = {
        each.delivery.id: replace(each, state=excess.state, reason=excess.reason)
        for each in screened.claims
        if (excess := over.get(each.delivery.id)) is not None
    }
    claims = [ended.get(each.delivery.id, each) for each in screened.claims]
    stopped = screened.stopped | {key: _standing(each) for key, each in ended.items()}
    return replace(screened, claims=claims, stopped=stopped)


def _standing(claim: Claim) -> Standing:
    return Standing(
        state=claim.state,
        claim=claim.claim + 1,
        attempts=claim.attempts,
        crashes=0,
        handed_on=False,
        due_at=claim.due_at or claim.delivery.due_at,
        reason=claim.reason,
        lease=None,
        revision=claim.revision,
    )


def recorded(entry: DeliveryEntry, current: Orders) -> DeliveryEntry:
    """Return a delivery as it is to be recorded."""
    if current.has_forgotten(entry.address, entry.asked):
        return _nameless(entry, current)
    cutoff = current.cutoff_for(entry.event, entry.asked, entry.due_at)
    if cutoff is None or entry.state not in {*CLAIMABLE, State.HELD}:
        return entry
    # An order's hold has no window: that of the event was for whoever let it go before.
    event = entry.event if entry.state is State.HELD else msgspec.structs.replace(entry.event, auto=None)
    return replace(entry, event=event, state=_STOPPED[cutoff.action], reason=cutoff.reason)


def _kept(entry: EventEntry, current: Orders) -> EventEntry:
    """Keep of an event for somebody forgotten, and for nobody else, only that it was."""
    named = entry.event.to
    if len(named) != 1 or not current.has_forgotten(named[0].address, entry.event.created_at):
        return entry
    return replace(entry, event=bare(entry.event), body=wire.encode(bare(entry.event)))


def bare(event: Event) -> Event:
    """Return the event without whom it was for and what it told."""
    return msgspec.structs.replace(
        event, to=(), audience=None, context={}, about=None, attachments=(), finished=None, key=None, by=None
    )


def mark_of(given: str, secret: str) -> str:
    """Return what stands in the log where an address was that nobody may remember: the same for the same one."""
    return f"{MARK}{orders.hashed(given, secret)[:16]}"


def _nameless(entry: DeliveryEntry, current: Orders) -> DeliveryEntry:
    mark = mark_of(entry.address, current.secret)
    return replace(entry, address=mark, recipient=None, user=None, state=State.CANCELLED, reason=FORGOTTEN)


def _nameless_ids(entries: Iterable[DeliveryEntry]) -> list[UUID]:
    return [each.id for each in entries if each.address.startswith(MARK)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A delivery as far as its user may not want it."""

    delivery_id: UUID
    user: str | None
    category: str
    target: str
    address: str

    @property
    def is_group(self) -> bool:
        """Whether it stands for a user or an audience."""
        return self.address.startswith(GROUP_PREFIXES)


def _unwanted(connection: Connection, claims: Iterable[Claim], current: Orders) -> dict[UUID, str]:
    sending = [each for each in claims if each.state is State.SENDING]
    if not sending:
        return {}
    now = max(each.at for each in sending)
    return unwanted(connection, [_addressee(each.delivery) for each in sending], current=current, now=now)


def _addressee(entry: DeliveryEntry) -> Addressee:
    event = entry.event
    return Addressee(
        delivery_id=entry.id,
        user=entry.user,
        category=event.filed_under,
        target=event.target,
        address=entry.address,
    )


def unwanted(connection: Connection, those: Sequence[Addressee], *, current: Orders, now: datetime) -> dict[UUID, str]:
    """Return why deliveries are not wanted.

    Their user has opted out, or their address is not active any more, or must not be written to.
    """
    refused = _refused(connection, those) if current.people else {}
    if not current.suppressing:
        return refused
    return _suppressed(connection, those, current, now) | refused


def _suppressed(connection: Connection, those: Sequence[Addressee], current: Orders, now: datetime) -> dict[UUID, str]:
    """Return why addresses must not be written to; a group is asked about address by address, once it is expanded."""
    places = {each.delivery_id: (each.target, each.address, each.category) for each in those if not each.is_group}
    found = suppressions.stopping(connection, places.values(), secret=current.secret, now=now)
    return {key: found[place].reason for key, place in places.items() if place in found}


def _refused(connection: Connection, those: Sequence[Addressee]) -> dict[UUID, str]:
    about = [each for each in those if each.user is not None]
    if not about:
        return {}
    users = sorted({str(each.user) for each in about})
    out = {tuple(row) for row in connection.execute(_OPTED_OUT.where(optout.c.user_id.in_(users)))}
    inactive = connection.execute(_INACTIVE.where(address.c.user_id.in_(users)))
    dead: dict[tuple[str, ...], str | None] = {tuple(row[:3]): row.reason for row in inactive}
    reasons = {each.delivery_id: _reason(each, out, dead) for each in about}
    return {key: reason for key, reason in reasons.items() if reason is not None}


def _reason(about: Addressee, out: set[tuple[str, ...]], dead: dict[tuple[str, ...], str | None]) -> str | None:
    for category in ("", about.category):
        for target in ("", about.target):
            if (about.user, category, target) in out:
                return f"{OPTED_OUT} of {category or 'everything'}" + (f" by {target}" if target else "")
    place = (str(about.user), about.target, about.address)
    if place not in dead:
        return None
    why = dead[place]
    return (f"{INACTIVE}: {why}" if why else INACTIVE)[:MAX_TEXT]


_OPTED_OUT: Final = select(optout.c.user_id, optout.c.category, optout.c.target)
_INACTIVE: Final = select(address.c.user_id, address.c.target, address.c.address, address.c.reason).where(
    address.c.active == false()
)
