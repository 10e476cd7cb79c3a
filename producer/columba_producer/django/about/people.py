"""Who gets a mail about something, asked once it is due."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from columba_shared.event import Event, Recipient
from columba_shared.telemetry import emit
from columba_shared.underway import LOOKING
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist

from columba_producer.django.about.memory import Memory
from columba_producer.django.about.wish import Wish

_AT_ONCE: Final = 500


def people_for(event: Event) -> Iterator[Recipient]:
    """Yield each user once, by the address they have now; of an object only those who have not been told yet.

    Raises Gone, and what the object's own method raises.
    """
    wish = Wish.told_by(event)
    memory = None if wish.subject.key is None else Memory(wish.digest)
    unreachable = 0
    for some in _in_slices(_users(wish)):
        found = {str(user.pk): address_of(user) for user in some}
        unreachable += sum(not address for address in found.values())
        chosen = {user: address for user, address in found.items() if address}
        if memory is not None:
            told = memory.told_by_others(chosen, event.id)
            chosen = {user: address for user, address in chosen.items() if user not in told}
        yield from (Recipient(address=address, user=user) for user, address in chosen.items())
    if memory is not None and not LOOKING.get():
        memory.close(event.id)
    if unreachable:
        emit("mail.unaddressed", about=wish.subject.name, users=unreachable)


def address_of(user: Any) -> str:  # noqa: ANN401 - Django has no types
    """Return a user's address, an empty text for none."""
    return str(getattr(user, user.get_email_field_name(), None) or "").strip()


def user_by(key: str | None) -> Any:  # noqa: ANN401 - as above
    """Return a user; None: there is none, any more."""
    return None if key is None else get_user_model()._base_manager.filter(pk=key).first()


def _users(wish: Wish) -> Iterator[Any]:
    """Yield who is wished for, each once; the object is looked up in any case, since it may be gone."""
    thing = wish.subject.find()
    if wish.send_to is not None:
        user = user_by(wish.send_to)
        return iter(() if user is None else (user,))
    return _once(_everybody() if wish.send_to_method is None else getattr(thing, wish.send_to_method)())


def _once(users: Iterable[Any]) -> Iterator[Any]:
    seen: set[Any] = set()
    for user in users:
        if user.pk not in seen:
            seen.add(user.pk)
            yield user


def _everybody() -> Iterator[Any]:
    """Yield all active users, some at a time: between slices nothing is held open in the database."""
    model = get_user_model()
    wanted = model._default_manager.order_by("pk")
    if _has_active(model):
        wanted = wanted.filter(is_active=True)
    after: dict[str, Any] = {}
    while some := list(wanted.filter(**after)[:_AT_ONCE]):
        yield from some
        after = {"pk__gt": some[-1].pk}


def _has_active(model: Any) -> bool:  # noqa: ANN401 - as above
    try:
        model._meta.get_field("is_active")
    except FieldDoesNotExist:
        return False
    return True


def _in_slices(users: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(users, _AT_ONCE)):
        yield some
