"""What an event is about: a thing of the app's, looked up anew for every delivery."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from columba_consumers.rendering.errors import TemplateFailed

_AS_THEY_ARE: Final = (bytes, date, datetime, time, timedelta, Decimal, UUID)
"""Templates have filters for these."""


def sort_and_id(about: str) -> tuple[str, str | None]:
    """Return what sort of thing it is, and its id; None: no single one is meant."""
    sort, colon, key = about.partition(":")
    return sort, key if colon else None


def plain(thing: object, about: str) -> Any:  # noqa: ANN401 - whatever it consists of
    """Return the thing as templates see it: data, nothing that can be called.

    Raises TemplateFailed for what is none.
    """
    try:
        return msgspec.to_builtins(thing, builtin_types=_AS_THEY_ARE, str_keys=True)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise TemplateFailed(
            f"{about} is a {type(thing).__name__}, and templates see plain data alone: let its loader return a dict "
            f"or a dataclass of what they need ({error})"
        ) from error
