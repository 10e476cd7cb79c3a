"""The way that is being gone through the templates of one message: what was met on it, and what is wrong with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from columba_shared.contract.path import Every, Path, spelled
from jinja2 import nodes

from columba_consumers.rendering.needs.notes import Notes
from columba_consumers.rendering.needs.scope import Scope
from columba_consumers.rendering.needs.values import MADE, Absent, Fact, Facts, Group, Module, OneOf, Several, Value

_METHODS: Final = frozenset(name for name in dir(dict) if not name.startswith("_"))


@dataclass(slots=True, kw_only=True)
class Trail:
    """Takes notes of how values are used."""

    written: Callable[[str, int], str]
    """The place as somebody wrote it, of a line in a file."""
    notes: Notes = field(default_factory=Notes)
    faults: dict[str, None] = field(default_factory=dict)
    """What can never be right, each once."""
    blind: dict[str, None] = field(default_factory=dict)
    """Where it goes on to a template that nobody knows beforehand."""

    @contextmanager
    def aside(self) -> Iterator[Notes]:
        """Lend notes of their own to a way that may not be taken; whoever asked for them joins them."""
        before, self.notes = self.notes, Notes()
        try:
            yield self.notes
        finally:
            self.notes = before

    def place(self, node: nodes.Node, scope: Scope) -> str:
        """Return ``file:line``."""
        return self.written(scope.file, node.lineno)

    def met(self, value: Value, place: str) -> Value:
        """Note that a value is spoken of, and return it."""
        if isinstance(value, Fact):
            self.notes.meet(value.path, place)
        return value

    def use(self, value: Value, place: str) -> None:
        """Note that there is no going on unless a value is there."""
        match value:
            case Fact(path=path):
                self.notes.need(path, place)
            case Absent(why=why):
                self.notes.lack(why, place)
            case OneOf(values=values):
                ways = []
                for each in values:
                    with self.aside() as way:
                        self.use(each, place)
                    ways.append(way)
                self.notes.join(ways)
            case _:
                pass

    def attribute(self, value: Value, name: str | int, place: str, *, dotted: bool) -> Value:
        """Return what ``value.name`` is; ``dotted`` is how a mapping's own methods are reached."""
        match value:
            case Fact(path=path):
                self.use(value, place)
                if dotted and name in _METHODS:
                    whole = spelled((*path, name))
                    self.faults[f'{place}: {whole} is the method of that name: write {spelled(path)}["{name}"]'] = None
                    return MADE
                return self.met(Fact(path=(*path, name)), place)
            case OneOf(values=values):
                return OneOf(values=tuple(self._maybe(each, name, place, dotted=dotted) for each in values))
            case Absent():
                self.use(value, place)
                return MADE
            case _:
                return self._known(value, name, place)

    def item_of(self, value: Value, place: str) -> Several:
        """Return the sequence that a value is when it is gone through."""
        match value:
            case Several():
                return value
            case Fact(path=path):
                self.use(value, place)
                return each_of(path)
            case Group(values=values, names=()):
                return Several(item=OneOf(values=values), every=None)
            case OneOf(values=values):
                self.use(value, place)
                with self.aside() as way:
                    items = tuple(self.item_of(each, place).item for each in values)
                self.notes.join((way, Notes()))
                return Several(item=OneOf(values=items), every=None)
            case _:
                self.use(value, place)
                return Several(item=MADE, every=None)

    def _maybe(self, value: Value, name: str | int, place: str, *, dotted: bool) -> Value:
        with self.aside() as way:
            found = self.attribute(value, name, place, dotted=dotted)
        self.notes.join((way, Notes()))
        return found

    def _known(self, value: Value, name: str | int, place: str) -> Value:
        match value:
            case Group(values=values, names=names):
                if isinstance(name, str):
                    return values[names.index(name)] if name in names else MADE
                return values[name] if -len(values) <= name < len(values) else MADE
            case Several(item=item):
                return OneOf(values=(item, MADE)) if isinstance(name, int) else MADE
            case Module(names=known) if isinstance(name, str):
                return known.get(name, Absent(why=f"there is no {name} in what was imported"))
            case Facts() if isinstance(name, str):
                return self.met(Fact(path=(name,)), place)
            case _:
                return MADE


def each_of(path: Path) -> Several:
    """Return the items of the list at a path."""
    return Several(item=Fact(path=(*path, Every.ITEM)), every=(*path, Every.ITEM))


def values_of(path: Path, *, with_names: bool = True) -> Several:
    """Return the values of the mapping at a path, each with its name before it."""
    every = (*path, Every.VALUE)
    return Several(item=Group(values=(MADE, Fact(path=every))) if with_names else Fact(path=every), every=every)
