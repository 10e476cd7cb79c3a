"""The project's users, as the address book takes them."""

from collections.abc import Iterator
from typing import Any, Final

from django.contrib.auth import get_user_model

from columba_producer.user import User

_LONGEST: Final = 200


def everybody() -> Iterator[User]:
    """Yield each active user who has an email address, for a function marked `@users`.

    So `columba addresses sync` takes the address of somebody who has left, or has another one, out of the book.
    """
    model = get_user_model()
    field = model.get_email_field_name()
    for user in model._default_manager.order_by("pk").iterator():
        email = getattr(user, field, None)
        if email and user.is_active:
            yield User(str(user.pk), addresses={"email": [email]}, name=_name(user))


def _name(user: Any) -> str | None:  # noqa: ANN401 - whatever the project has for a user
    """Return the full name; None where there is none, or the project's users have no such thing."""
    full: str = getattr(user, "get_full_name", str)()
    return full[:_LONGEST] if full.isprintable() and full.strip() else None
