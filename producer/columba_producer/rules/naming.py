"""How rules, models and things are called in events."""

import re
import sys
from collections.abc import Iterable
from typing import Any, Final

from columba_shared.errors import InvalidEvent

_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """Return `BelovedPartner` as `beloved_partner`."""
    return _WORDS.sub("_", name).lower()


def about(sort: str, primary_key: Iterable[object]) -> str:
    """Return `story:42`; a key of several columns is joined by commas, those within a part written as %2C."""
    parts = [_written(each) for each in primary_key]
    if len(parts) > 1:
        parts = [part.replace("%", "%25").replace(",", "%2C") for part in parts]
    return f"{sort}:{','.join(parts)}"


def plainly(model: type, primary_key: Iterable[object]) -> str:
    """Return how people are told of a thing whose rule has failed, whatever that rule would call it."""
    return about(snake_case(model.__name__), primary_key)


def plain_key(primary_key: tuple[object, ...]) -> object:
    """Return the primary key as JSON carries it: a number stays one; several columns are a list."""
    parts = [each if isinstance(each, int) else _written(each) for each in primary_key]
    return parts[0] if len(parts) == 1 else parts


def primary_key_of(thing: object) -> tuple[object, ...]:
    """Return the primary key of a thing that the database knows; raises InvalidEvent for any other.

    Neither SQLAlchemy nor Django is imported for it: a thing of theirs comes from an app that has.
    """
    found = _key_in_sqlalchemy(thing) or _key_in_django(thing)
    if found is None:
        raise InvalidEvent(
            "things", f"a {type(thing).__name__} has no primary key: give mapped objects that have been saved"
        )
    return found


def _key_in_sqlalchemy(thing: object) -> tuple[object, ...] | None:
    sqlalchemy: Any = sys.modules.get("sqlalchemy")
    state = None if sqlalchemy is None else sqlalchemy.inspect(thing, raiseerr=False)
    identity = getattr(state, "identity", None)
    return None if identity is None else tuple(identity)


def _key_in_django(thing: object) -> tuple[object, ...] | None:
    models: Any = sys.modules.get("django.db.models")
    if models is None or not isinstance(thing, models.Model) or thing._state.adding:
        return None
    return thing.pk if isinstance(thing.pk, tuple) else (thing.pk,)


def _written(part: object) -> str:
    return part.hex() if isinstance(part, bytes) else str(part)
