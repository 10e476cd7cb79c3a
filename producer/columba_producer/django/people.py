"""The project's users: who is active, where they are written to, and how the address book takes them."""

from collections.abc import Iterator
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist

from columba_producer.user import User

_LONGEST: Final = 200
_AT_ONCE: Final = 500
_ACTIVE: Final = "is_active"


def everybody() -> Iterator[User]:
    """Yield each active user who has an email address, for a function marked `@users`.

    So `columba addresses sync` takes the address of somebody who has left, or has another one, out of the book.
    """
    for user in active_users():
        if email := address_of(user):
            yield User(str(user.pk), addresses={"email": [email]}, name=_name(user))


def active_users() -> Iterator[Any]:
    """Yield all active users, some at a time: between slices nothing is held open in the database."""
    model = get_user_model()
    wanted = model._default_manager.order_by("pk")
    if _has_active(model):
        wanted = wanted.filter(**{_ACTIVE: True})
    after: dict[str, Any] = {}
    while some := list(wanted.filter(**after)[:_AT_ONCE]):
        yield from (user for user in some if getattr(user, _ACTIVE, True))
        after = {"pk__gt": some[-1].pk}


def address_of(user: Any) -> str:  # noqa: ANN401 - Django has no types
    """Return a user's address, an empty text for none."""
    return str(getattr(user, user.get_email_field_name(), None) or "").strip()


def user_by(key: str | None) -> Any:  # noqa: ANN401 - as above
    """Return a user; None: there is none, any more."""
    return None if key is None else get_user_model()._base_manager.filter(pk=key).first()


def _has_active(model: Any) -> bool:  # noqa: ANN401 - as above
    try:
        model._meta.get_field(_ACTIVE)
    except FieldDoesNotExist:
        return False
    return True


def _name(user: Any) -> str | None:  # noqa: ANN401 - whatever the project has for a user
    """Return the full name; None where there is none, or the project's users have no such thing."""
    full: str = getattr(user, "get_full_name", str)()
    return full[:_LONGEST] if full.isprintable() and full.strip() else None
