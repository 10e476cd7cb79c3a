"""Who gets a mail about something, asked once it is due."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any, Final
from uuid import UUID

from columba_shared.event import Event, Recipient
from columba_shared.telemetry import emit
from columba_shared.underway import LOOKING

from columba_producer.django.about.in_vain import InVain, asking
from columba_producer.django.about.memory import Memory
from columba_producer.django.about.wish import Wish
from columba_producer.django.people import active_users, address_of, user_by

_AT_ONCE: Final = 500


def people_for(event: Event) -> Iterator[Recipient]:
    """Yield each user once, by the address they have now; of an object only those who have not been told yet.

    Raises Gone, and what the object's own method raises.
    """
    wish = Wish.told_by(event)
    memory = None if wish.subject.key is None else Memory(wish.digest)
    unreachable = 0
    with asking() as in_vain:
        for some in _in_slices(_users(wish)):
            found = {str(user.pk): address_of(user) for user in some}
            unreachable += sum(not address for address in found.values())
            chosen = {user: address for user, address in found.items() if address}
            if memory is not None:
                told = _told(memory, chosen, event, in_vain)
                chosen = {user: address for user, address in chosen.items() if user not in told}
            yield from (Recipient(address=address, user=user) for user, address in chosen.items())
    if memory is not None and not LOOKING.get():
        memory.close(event.id)
    if unreachable:
        emit("mail.unaddressed", about=wish.subject.name, users=unreachable)


def _told(memory: Memory, users: Collection[str], event: Event, in_vain: InVain) -> set[str]:
    """Return those of them who have been told by another event; whose delivery came to nothing has not been."""
    others = memory.told_by_others(users, event.id)
    untold: dict[UUID, list[str]] = {}
    for user, other in in_vain((user, other) for user, other in others.items() if other is not None):
        untold.setdefault(other, []).append(user)
    if not LOOKING.get():
        for other, some in untold.items():
            memory.forget(some, other)
    return others.keys() - {user for some in untold.values() for user in some}


def _users(wish: Wish) -> Iterator[Any]:
    """Yield who is wished for, each once; the object is looked up in any case, since it may be gone."""
    thing = wish.subject.find()
    if wish.send_to is not None:
        user = user_by(wish.send_to)
        return iter(() if user is None else (user,))
    return _once(active_users() if wish.send_to_method is None else getattr(thing, wish.send_to_method)())


def _once(users: Iterable[Any]) -> Iterator[Any]:
    seen: set[Any] = set()
    for user in users:
        if user.pk not in seen:
            seen.add(user.pk)
            yield user


def _in_slices(users: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(users, _AT_ONCE)):
        yield some
