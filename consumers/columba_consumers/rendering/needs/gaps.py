"""What of all that templates need a context does not have, and a context that would have it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from columba_shared.contract.path import Every, Path, Step

BLANK: Final = "…"
"""What stands for a fact that somebody is to fill in."""


def gaps(context: Mapping[str, Any], path: Path) -> Iterator[Path]:
    """Yield where a fact is missing: once, or once for each item of a list that lacks it.

    What is there and of another sort is no gap: only rendering knows what can be made of that.
    """
    yield from _gaps(context, path, ())


def completed(context: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """Return the context with a blank wherever one of these facts is missing."""
    whole: Any = dict(context)
    for path in sorted(paths, key=len, reverse=True):  # what lies deeper says more of what is above it
        whole = _with(whole, path)
    return dict(whole)


def _gaps(value: object, rest: Path, above: Path) -> Iterator[Path]:
    if not rest:
        return
    step, below = rest[0], rest[1:]
    if _is_lacking(value, step):
        yield (*above, *rest)
    for key, each in _below(value, step):
        yield from _gaps(each, below, (*above, key))


def _is_lacking(value: object, step: Step) -> bool:
    if isinstance(step, str):
        return isinstance(value, Mapping) and step not in value
    if isinstance(step, int):
        return isinstance(value, list) and not -len(value) <= step < len(value)
    return False


def _below(value: object, step: Step) -> Iterator[tuple[str | int, Any]]:
    """Yield what a step leads to."""
    if isinstance(value, Mapping):
        if step is Every.VALUE:
            yield from ((str(key), each) for key, each in value.items())
        elif isinstance(step, str) and step in value:
            yield step, value[step]
    elif isinstance(value, list):
        if step is Every.ITEM:
            yield from enumerate(value)
        elif isinstance(step, int) and not _is_lacking(value, step):
            yield step, value[step]


def _with(value: object, rest: Path) -> object:
    if not rest:
        return value
    step, below = rest[0], rest[1:]
    if isinstance(value, Mapping):
        found = dict(_below(value, step))
        if isinstance(step, str) and not found:
            return {**value, step: _made(below)}
        return {**value, **{key: _with(each, below) for key, each in found.items()}}
    if isinstance(value, list):
        grown = [*value, *[_made(below)] * _too_few(value, step)]
        meant = range(len(grown)) if step is Every.ITEM else [step % len(grown)] if isinstance(step, int) else []
        return [_with(each, below) if place in meant else each for place, each in enumerate(grown)]
    return value


def _made(rest: Path) -> object:
    """Return what has nothing but this one fact in it."""
    if not rest:
        return BLANK
    step, below = rest[0], rest[1:]
    match step:
        case Every.ITEM:
            return [_made(below)]
        case Every.VALUE:
            return {BLANK: _made(below)}
        case int():
            return [_made(below)] * _too_few([], step)
        case _:
            return {step: _made(below)}


def _too_few(value: list[Any], step: Step) -> int:
    """Return by how many items a list is too short for a step."""
    if not isinstance(step, int):
        return 0
    return max(0, (step + 1 if step >= 0 else -step) - len(value))
