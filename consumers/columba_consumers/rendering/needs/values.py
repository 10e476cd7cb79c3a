"""What an expression in a template may be, as far as reading it can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from columba_shared.contract.path import Path
from jinja2 import nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something of the context, at this path."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Something that nobody can have given: no context reaches it, or nobody hands it over. ``why`` is the fault."""

    why: str


@dataclass(frozen=True, slots=True)
class Made:
    """Something that the template, or Columba, has made: it is there."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The context itself: its attributes are facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """One of these; which one is seen only when it is rendered."""

    values: "tuple[Value, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """A sequence of which each item is like ``item``.

    ``every`` is the path of which each one that there is has its item here; None: nobody knows of how many.
    """

    item: "Value"
    every: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A few values together, by their places, and by names if they have some."""

    values: "tuple[Value, ...]"
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """What a template that was imported has to offer, or the blocks of one."""

    names: "Mapping[str, Value]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Callable:
    """A macro, a caller's body, a block: something of a template that is gone through when it is called."""

    name: str
    parameters: Sequence[str]
    defaults: "Mapping[str, nodes.Expr]"
    body: Sequence[nodes.Node]
    scope: Any
    """That in which it was written."""


Value: TypeAlias = Fact | Absent | Made | Facts | OneOf | Several | Group | Module | Callable

MADE = Made()
