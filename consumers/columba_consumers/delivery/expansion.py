"""From a list, an audience or a user to single deliveries: recorded first, published from the log, always resumable."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

import msgspec
from columba_shared import wire
from columba_shared.addresses import Spelled, kept_address
from columba_shared.clock import Clock, utc_now
from columba_shared.envelope import Envelope
from columba_shared.event import USER_PREFIX, Event, Recipient
from columba_shared.identity import delivery_id
from columba_shared.log import offers, optouts, resolving, slices
from columba_shared.log.engine import reading
from columba_shared.log.entries import DeliveryEntry, EventEntry, Lease
from columba_shared.log.resolving import Resolved
from columba_shared.log.slices import Slice, Under
from columba_shared.publishing.message import Copy
from columba_shared.state import State
from sqlalchemy import Engine

from columba_consumers.app.app import App, Audience
from columba_consumers.app.surrounded import Surrounded
from columba_consumers.broker.broker import Broker
from columba_consumers.delivery.members import members, take, user_recipient
from columba_consumers.delivery.parcel import Parcel, is_group
from columba_consumers.errors import Permanent
from columba_consumers.journal import Journal
from columba_consumers.rendering.told import gathered

CHUNK: Final = 500
EVERYONE: Final = "everyone"
"""The audience that every app has: all users of the address book, unless the app says otherwise."""
_SUPPRESSED: Final = "no active address for user {user} on {target}"
_UNRECOGNISED: Final = "without a user nobody can tell whom another target of the chain has reached: Recipient(user=…)"

Slices = AsyncGenerator[list[Recipient], None]


class NobodyThere(Exception):
    """The user has no active address on the target; the text says so."""


class AmendedMeanwhile(Exception):
    """What the event tells was amended while it was being expanded: who is still missing is to be told the new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """Gives every recipient a delivery; doing it twice gives nobody two, since their ids are derived."""

    broker: Broker
    journal: Journal
    engine: Engine
    app: App
    spelled: Spelled = kept_address
    now: Clock = utc_now

    async def of_list(self, parcel: Parcel) -> None:
        """Give everybody named in an event a delivery; users get one of their own, to be expanded when it is due."""
        event = _bare(parcel)
        for start in range(0, len(parcel.event.to), CHUNK):
            chunk = parcel.event.to[start : start + CHUNK]
            await self.journal.record([self._event_entry(parcel, event)], list(_entries(parcel, chunk)))
            await self._publish(event, chunk, Envelope(asked_at=parcel.envelope.asked_at))

    async def of_group(self, parcel: Parcel, lease: Lease) -> int:
        """Give everybody in an audience, or every address of a user, a delivery; returns how many there are.

        Stops when the claim is no longer held: somebody has cancelled it, or it is another's by now. Raises what the
        app's code raises, Permanent for an audience or a user that leads nowhere, NobodyThere, AmendedMeanwhile, and
        Vanished for an audience's digest of which nothing is left to tell.
        """
        if not parcel.is_audience:
            await self._record(parcel, lease, await self._addresses_of(parcel))
            return await self._count(parcel)
        name = parcel.event.audience or ""
        audience = self.app.audience_named(name)
        if audience is None and name != EVERYONE:
            raise Permanent(f"no audience {name!r}: mark a function with @audience({name!r}) in the app's module")
        event = await self._told(parcel.event)
        given = (
            self._everyone(parcel.event.target) if audience is None else _asked(audience, event, self.app.surrounded)
        )
        async with aclosing(given):
            async for chunk in given:
                if not await self._record(parcel, lease, await self._entries_of(parcel, chunk)):
                    break
        return await self._count(parcel)

    async def _told(self, event: Event) -> Event:
        """Return the event as the audience's function gets it: a digest's with all that it tells."""
        return await asyncio.to_thread(gathered, self.engine, event) if event.gathers else event

    async def _record(self, parcel: Parcel, lease: Lease, entries: Sequence[DeliveryEntry]) -> bool:
        """Record one slice under the claim, and publish it; False when the claim is not held any more."""
        event = _bare(parcel)
        part = Slice(
            group=parcel.delivery_id,
            lease=lease,
            revision=parcel.envelope.revision,
            event=self._event_entry(parcel, event),
            deliveries=entries,
        )
        under = await self.journal.record_slice(part)
        if under is Under.OLDER_TEXT:
            raise AmendedMeanwhile
        if under is Under.NOTHING:
            return False
        named = [wire.decode_recipient(each.recipient) for each in entries if each.recipient is not None]
        asked = Envelope(asked_at=parcel.envelope.asked_at)
        await self._publish(event, [each for each in named if not is_group(each.address)], asked)
        return True

    async def _entries_of(self, parcel: Parcel, chunk: Sequence[Recipient]) -> list[DeliveryEntry]:
        """Return the deliveries of a slice, its users' addresses in their places, each address once."""
        chunk = await asyncio.to_thread(self._in_one_spelling, chunk, parcel.event.target)
        users = [each.user or "" for each in chunk if is_group(each.address)]
        resolved = await self._resolve(users, parcel.event.target)
        refused = await self._refused(resolved, parcel.event)
        found: dict[str, DeliveryEntry] = {}
        for recipient in chunk:
            if not is_group(recipient.address):
                entries = _of_address(parcel, recipient)
            else:
                user = recipient.user or ""
                entries = _of_user(parcel, recipient, resolved[user], refused.get(user))
            for entry in entries:
                found.setdefault(entry.address, entry)
        return list(found.values())

    def _in_one_spelling(self, chunk: Sequence[Recipient], target: str) -> list[Recipient]:
        """Return recipients by the addresses that they are known by: delivery ids, lists and caps go by them.

        What is no address stays as it is, and its delivery is dead when it is to be sent.
        """
        return [each if is_group(each.address) else _respelled(each, target, self.spelled) for each in chunk]

    async def _addresses_of(self, parcel: Parcel) -> list[DeliveryEntry]:
        user = parcel.address.removeprefix(USER_PREFIX)
        resolved = (await self._resolve([user], parcel.event.target))[user]
        if resolved.problem is not None:
            raise Permanent(resolved.problem)
        if not resolved.recipients:
            raise NobodyThere(_SUPPRESSED.format(user=user, target=parcel.event.target))
        context = parcel.recipient.context
        return list(_entries(parcel, [_with(each, context) for each in resolved.recipients]))

    async def _resolve(self, users: Sequence[str], target: str) -> dict[str, Resolved]:
        def look() -> dict[str, Resolved]:
            with reading(self.engine) as connection:
                return resolving.resolve(connection, users, target)

        return await asyncio.to_thread(look) if users else {}

    async def _refused(self, resolved: Mapping[str, Resolved], event: Event) -> dict[str, str]:
        """Return why users who have deputies do not want the event: nothing else would ask on their behalf."""
        users = [user for user, each in resolved.items() if any(one.user != user for one in each.recipients)]

        def look() -> dict[str, str]:
            with reading(self.engine) as connection:
                found = optouts.refusals(connection, users, category=event.filed_under, target=event.target)
            return {user: refusal.reason for user, refusal in found.items()}

        return await asyncio.to_thread(look) if users else {}

    async def _everyone(self, target: str) -> Slices:
        after = ""
        while found := await asyncio.to_thread(self._users, target, after):
            yield [user_recipient(user) for user in found]
            after = found[-1]

    def _users(self, target: str, after: str) -> list[str]:
        with reading(self.engine) as connection:
            return resolving.users_on(connection, target, after=after, limit=CHUNK)

    async def _count(self, parcel: Parcel) -> int:
        if parcel.is_audience:
            return await asyncio.to_thread(slices.count, self.engine, parcel.event.id, parcel.event.target)
        return len(await self._addresses_of(parcel))

    def _event_entry(self, parcel: Parcel, event: Event) -> EventEntry:
        return EventEntry(event=event, body=wire.encode(event), recorded_at=parcel.arrived_at)

    async def _publish(self, event: Event, chunk: Sequence[Recipient], envelope: Envelope) -> None:
        """Publish those of the chunk that no earlier run has handed on; embedded, the log's due time is enough.

        What was amended since this copy was made is left to the reconciler, which publishes what the log says.
        """
        if not self.broker.keeps_waits:
            return
        copies = {delivery_id(event.id, event.target, recipient.address): recipient for recipient in chunk}
        missing = await asyncio.to_thread(offers.unoffered, self.engine, list(copies), said=event)
        await asyncio.gather(*(self.broker.publish(_single(event, copies[key]).now(envelope)) for key in missing))
        await asyncio.to_thread(offers.mark_offered, self.engine, missing)


async def _asked(audience: Audience, event: Event, surrounded: Surrounded) -> Slices:
    """Yield what the app's function yields, in slices; it runs in a thread of its own from beginning to end."""
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="columba-audience")
    within, found = contextvars.copy_context(), members(audience, event)
    try:
        await loop.run_in_executor(thread, surrounded.tidy)
        while chunk := await loop.run_in_executor(thread, within.run, take, found, CHUNK):
            yield chunk
    finally:
        thread.submit(within.run, _close, found)
        thread.submit(surrounded.leave)
        thread.shutdown(wait=False)


def _close(found: Iterator[Recipient]) -> None:
    close = getattr(found, "close", None)
    if close is not None:
        close()


def _bare(parcel: Parcel) -> Event:
    return msgspec.structs.replace(parcel.event, to=(), audience=None)


def _entries(parcel: Parcel, chunk: Sequence[Recipient]) -> Iterator[DeliveryEntry]:
    """Yield a delivery for each, none twice: the first of two equal ones stands."""
    first = {each.address: each for each in reversed(chunk)}
    for recipient in reversed(first.values()):
        yield DeliveryEntry(
            id=delivery_id(parcel.event.id, parcel.event.target, recipient.address),
            event=parcel.event,
            address=recipient.address,
            recipient=wire.encode_recipient(recipient),
            due_at=parcel.due_at,
            created_at=parcel.arrived_at,
            user=recipient.user,
            asked_at=parcel.envelope.asked_at,
        )


def _of_address(parcel: Parcel, recipient: Recipient) -> list[DeliveryEntry]:
    """Return the delivery to an address; in a chain, of somebody who can be recognised on its other targets."""
    entries = list(_entries(parcel, [recipient]))
    if not parcel.event.chain or recipient.user:
        return entries
    return [replace(each, state=State.DEAD, reason=_UNRECOGNISED) for each in entries]


def _of_user(parcel: Parcel, user: Recipient, resolved: Resolved, refused: str | None) -> list[DeliveryEntry]:
    """Return the deliveries to a user's addresses, or the one that says why there is none."""
    if resolved.recipients and refused is None:
        return list(_entries(parcel, resolved.recipients))
    (entry,) = _entries(parcel, [user])
    if refused is not None:
        return [replace(entry, state=State.SUPPRESSED, reason=refused)]
    if resolved.problem is not None:
        return [replace(entry, state=State.DEAD, reason=resolved.problem)]
    reason = _SUPPRESSED.format(user=user.user, target=parcel.event.target)
    return [replace(entry, state=State.SUPPRESSED, reason=reason)]


def _respelled(recipient: Recipient, target: str, spelled: Spelled) -> Recipient:
    try:
        address = spelled(target, recipient.address)
    except ValueError:
        return recipient
    return recipient if address == recipient.address else msgspec.structs.replace(recipient, address=address)


def _with(recipient: Recipient, context: dict[str, object]) -> Recipient:
    return msgspec.structs.replace(recipient, context=context) if context else recipient


def _single(event: Event, recipient: Recipient) -> Copy:
    alone = msgspec.structs.replace(event, to=(recipient,))
    return Copy.of(alone, wire.encode(alone), delivery_id(event.id, event.target, recipient.address))
