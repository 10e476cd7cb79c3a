"""The facts for the renderer: only what JSON carries unchanged, so that a renderer sees what the app gave."""

import math
from collections.abc import Mapping
from typing import Any, Final

from columba_shared.errors import InvalidEvent

MAX_DEPTH: Final = 100
_LEAST_INTEGER: Final = -(2**63)
_MOST_INTEGER: Final = 2**64 - 1


def checked_context(context: object, place: str = "context") -> dict[str, Any]:
    """Return the context as a plain dict; raises InvalidEvent naming the part that JSON would lose or change."""
    if context is None:
        return {}
    if not isinstance(context, Mapping):
        raise InvalidEvent(place, f"must be a dict, not {type(context).__name__}")
    _check_mapping(context, place, 0)
    return dict(context)


def _check(value: object, place: str, depth: int) -> None:
    match value:
        case None | bool():
            return
        case str():
            _check_text(value, place)
        case int() | float():
            _check_number(value, place)
        case dict():
            _check_mapping(value, place, depth)
        case list() | tuple():
            _check_list(value, place, depth)
        case _:
            raise InvalidEvent(
                place, f"is a {type(value).__name__}, which JSON does not know; give a string or a number"
            )


def _check_mapping(mapping: Mapping[Any, Any], place: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidEvent(place[:200], f"is nested more than {MAX_DEPTH} deep")
    for key, value in mapping.items():
        if not isinstance(key, str):
            raise InvalidEvent(place, f"has the key {key!r:.40}; keys must be strings")
        _check_text(key, place)
        _check(value, f"{place}.{key}", depth + 1)


def _check_list(values: list[Any] | tuple[Any, ...], place: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidEvent(place[:200], f"is nested more than {MAX_DEPTH} deep")
    for position, each in enumerate(values):
        _check(each, f"{place}[{position}]", depth + 1)


def _check_number(number: int | float, place: str) -> None:  # noqa: PYI041 - an int is told apart below
    if isinstance(number, float):
        if not math.isfinite(number):
            raise InvalidEvent(place, f"is {number}, which JSON does not know; give None or a string")
    elif not _LEAST_INTEGER <= number <= _MOST_INTEGER:
        raise InvalidEvent(place, "is an integer beyond 64 bits; give it as a string")


def _check_text(text: str, place: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidEvent(place, "holds half a character (a lone surrogate)") from error
