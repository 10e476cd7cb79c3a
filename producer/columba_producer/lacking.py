"""What a context lacks of what has to be there: looked for in every event, so what is usual is quick."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from columba_shared.contract.path import Every, Path, Step, parsed

_MISSING: Final = "is missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One fact that is not as it has to be: which, how, and where it is needed."""

    path: Path
    how: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One step on a path to what has to be there, and what has to be below it."""

    step: Step
    place: str
    required: bool
    below: "tuple[Fact, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """All that has to be there: names, and those of them of which more is known."""

    names: frozenset[str]
    facts: tuple[Fact, ...]
    deep: tuple[Fact, ...]

    @classmethod
    def of(cls, needs: Mapping[str, str]) -> Self:
        """Return what is to be looked for, by the paths of what is needed, each with its place."""
        facts = _facts({parsed(name): place for name, place in needs.items()}, ())
        return cls(
            names=frozenset(str(fact.step) for fact in facts if fact.required),
            facts=facts,
            deep=tuple(fact for fact in facts if fact.below),
        )

    def lack(self, context: Mapping[str, Any]) -> Lack | None:
        """Return the first thing that a context lacks; None: nothing."""
        if not self.names <= context.keys():
            lost = next(fact for fact in self.facts if fact.required and fact.step not in context)
            return Lack(path=(lost.step,), how=_MISSING, place=lost.place)
        for fact in self.deep:
            if fact.step in context:
                found = _below(fact, context[str(fact.step)], (fact.step,))
                if found is not None:
                    return found
        return None


def _facts(needs: Mapping[Path, str], above: Path) -> tuple[Fact, ...]:
    steps = dict.fromkeys(path[len(above)] for path in needs if len(path) > len(above) and path[: len(above)] == above)
    return tuple(_fact(needs, (*above, step)) for step in steps)


def _fact(needs: Mapping[Path, str], path: Path) -> Fact:
    below = _facts(needs, path)
    # What has something below it that has to be there has to be there as well, unless there may be none of it.
    required = path in needs or any(each.required and not isinstance(each.step, Every) for each in below)
    place = next(where for known, where in needs.items() if known[: len(path)] == path)
    return Fact(step=path[-1], place=needs.get(path, place), required=required, below=below)


def _below(fact: Fact, value: object, path: Path) -> Lack | None:
    """Return what is lacking in a value of which more is known."""
    for each in fact.below:
        found = _LOOKS[type(each.step)](each, value, path)
        if found is not None:
            return found
    return None


def _named(fact: Fact, value: object, path: Path) -> Lack | None:
    inner = (*path, fact.step)
    if isinstance(value, Mapping) and fact.step in value:
        return _below(fact, value[fact.step], inner) if fact.below else None
    return Lack(path=inner, how=_MISSING, place=fact.place) if fact.required else None


def _placed(fact: Fact, value: object, path: Path) -> Lack | None:
    inner, step = (*path, fact.step), fact.step
    if isinstance(value, list | tuple | str) and isinstance(step, int) and -len(value) <= step < len(value):
        return _below(fact, value[step], inner)
    return Lack(path=inner, how=_MISSING, place=fact.place) if fact.required else None


def _every(fact: Fact, value: object, path: Path) -> Lack | None:
    if fact.step is Every.VALUE and not isinstance(value, Mapping):
        return Lack(path=path, how="is no mapping", place=fact.place)
    if not isinstance(value, list | tuple | str | Mapping):
        return Lack(path=path, how="is no list", place=fact.place)
    found = (_below(fact, item, (*path, step)) for step, item in _items(fact, value))
    return next((each for each in found if each is not None), None)


def _items(fact: Fact, value: list[Any] | tuple[Any, ...] | str | Mapping[str, Any]) -> Iterator[tuple[Step, Any]]:
    if isinstance(value, Mapping) and fact.step is Every.VALUE:
        return iter(value.items())
    return iter(enumerate(value))


_LOOKS: Final[dict[type, Callable[[Fact, object, Path], Lack | None]]] = {str: _named, int: _placed, Every: _every}
