"""What names mean at one point of a template."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

from columba_consumers.rendering.needs.values import MADE, Absent, Fact, Facts, Group, Value

_SUPPLIED: Final[dict[str, Value]] = {
    "recipient": MADE,
    "event": Group(values=(Facts(),), names=("context",)),
}
"""What is there for every template, over the facts."""
_NOTHING: Final[Mapping[str, Value]] = {}


@dataclass(slots=True, kw_only=True)
class Scope:
    """Names that the template gave a meaning, and behind them the facts, if these reach as far as here."""

    file: str
    reached: bool = True
    """Whether the context reaches here: a template that is imported without it sees none."""
    known: frozenset[str] = frozenset()
    """What Jinja and Columba supply."""
    names: dict[str, Value] = field(default_factory=dict)
    outside: bool = True
    """Whether this is outside every block and macro."""
    deep: bool = False
    """Whether this is within a branch or a loop."""

    def value(self, name: str) -> Value:
        """Return what a name means."""
        if name in self.names:
            return self.names[name]
        if self.reached and name in _SUPPLIED:
            return _SUPPLIED[name]
        if name in self.known:
            return MADE
        return (
            Fact(path=(name,))
            if self.reached
            else Absent(why=f"no context reaches {name}: import the file with context, or hand it over")
        )

    def inner(self, names: Mapping[str, Value] = _NOTHING) -> Self:
        """Return a scope within this one, in which these names have a meaning: what is set there is gone at its end."""
        return replace(self, names={**self.names, **names}, deep=True)
