"""Who belongs to an audience, as the app's function says: checked, and asked for a slice at a time."""

import asyncio
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec
from columba_shared.event import AUDIENCE_PREFIX, MAX_ADDRESS_LENGTH, MAX_NAME_LENGTH, USER_PREFIX, Event, Recipient
from columba_shared.user import User

from columba_consumers.app.app import Audience, name_of
from columba_consumers.errors import Permanent

_AT_ONCE: Final = 500


def members(audience: Audience, event: Event) -> Iterator[Recipient]:
    """Yield the audience's members; to be run in one thread, which may be kept waiting. Raises what the app raises."""
    for number, member in enumerate(_given(audience, event), start=1):
        yield _checked(member, f"{_place(audience)} yielded as its no. {number}")


def take(iterator: Iterator[Recipient], size: int) -> list[Recipient]:
    """Return the next members, none when there are no more."""
    return list(islice(iterator, size))


def user_recipient(user: str) -> Recipient:
    """Return the recipient that stands for a user of the address book."""
    return Recipient(address=f"{USER_PREFIX}{user}", user=user)


def _given(audience: Audience, event: Event) -> Iterator[Any]:
    """Call the function, whichever kind it is; what it awaits runs in a loop of this thread's own."""
    given = audience.function(event)
    if not inspect.isawaitable(given) and not isinstance(given, AsyncIterable):
        yield from _listed(given, audience)
        return
    with asyncio.Runner() as runner:
        if inspect.isawaitable(given):
            given = runner.run(_awaited(given))
        if not isinstance(given, AsyncIterable):
            yield from _listed(given, audience)
            return
        iterator = aiter(given)
        while some := runner.run(_some(iterator)):
            yield from some


def _listed(given: object, audience: Audience) -> Iterable[Any]:
    if isinstance(given, Iterable) and not isinstance(given, str | bytes | dict):
        return given
    raise Permanent(f"{_place(audience)} returned {type(given).__name__}: yield addresses, Recipients or Users")


async def _awaited(given: Any) -> Any:  # noqa: ANN401 - whatever the app's function returns
    return await given


async def _some(iterator: AsyncIterator[Any]) -> list[Any]:
    some = []
    async for each in iterator:
        some.append(each)
        if len(some) == _AT_ONCE:
            break
    return some


def _checked(member: object, where: str) -> Recipient:
    match member:
        case User(id=user):
            return _user(user, where)
        case str(address):
            recipient = Recipient(address=address)
        case Recipient():
            recipient = _valid(member, where)
        case _:
            raise Permanent(f"{where} {type(member).__name__}, which is no address, Recipient or User")
    address = recipient.address
    if not address or len(address) > MAX_ADDRESS_LENGTH:
        raise Permanent(f"{where} the address {address!r:.60}: 1 to {MAX_ADDRESS_LENGTH} characters")
    if not all(_can_be_kept(text) for text in (address, recipient.user or "")):
        raise Permanent(f"{where} the address {address!r:.60}: a character that cannot be kept")
    if address.startswith(AUDIENCE_PREFIX):
        raise Permanent(f"{where} {address!r:.60}: an audience has no audiences in it")
    if address.startswith(USER_PREFIX):
        return _user(address.removeprefix(USER_PREFIX), where)
    return recipient


def _user(user: object, where: str) -> Recipient:
    if not isinstance(user, str) or not 0 < len(user) <= MAX_NAME_LENGTH:
        raise Permanent(f"{where} a User whose id is {user!r:.60}: 1 to {MAX_NAME_LENGTH} characters")
    if not _can_be_kept(user):
        raise Permanent(f"{where} a User whose id is {user!r:.60}: a character that cannot be kept")
    return user_recipient(user)


def _can_be_kept(text: str) -> bool:
    """Say whether every database takes it: refused there, it would take all of its slice with it, time and again."""
    return "\x00" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def _valid(given: Recipient, where: str) -> Recipient:
    """Return a recipient that travels; making one checks nothing."""
    try:
        return msgspec.convert(msgspec.to_builtins(given), Recipient)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise Permanent(f"{where} a Recipient that cannot be kept: {error}") from error


def _place(audience: Audience) -> str:
    return f"audience {audience.name!r} ({name_of(audience.function)})"
