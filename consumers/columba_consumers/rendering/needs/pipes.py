"""Filters: what becomes of a value that is put through one, and what of it has to be there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jinja2 import nodes

from columba_consumers.rendering.needs.notes import Notes
from columba_consumers.rendering.needs.scope import Scope
from columba_consumers.rendering.needs.trail import Trail, values_of
from columba_consumers.rendering.needs.values import MADE, Fact, Group, OneOf, Several, Value

if TYPE_CHECKING:
    from columba_consumers.rendering.needs.expressions import Expressions

LENIENT_TESTS: Final = frozenset(
    (
        *("boolean", "callable", "defined", "escaped", "false", "float", "integer", "mapping", "none", "number"),
        *("sameas", "sequence", "string", "true", "undefined"),
    )
)
"""What may be asked of a value that is not there."""
_WHOLE: Final = frozenset(("list", "reverse", "sort"))
"""Filters that give all items of what they take."""
_PARTLY: Final = frozenset(("reject", "rejectattr", "select", "selectattr", "unique"))
_OF_ONE: Final = frozenset(("first", "last", "max", "min", "random"))
_LOOKING: Final = frozenset(("join", "max", "min", "sort", "sum"))
"""Filters that look at every item."""
_ATTRIBUTES: Final = {
    **dict.fromkeys(("groupby", "rejectattr", "selectattr", "sum"), 0),
    **dict.fromkeys(("join", "max", "min", "unique"), 1),
    "sort": 2,
}
"""Which of their arguments names what they look at in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe:
    """One use of a filter."""

    node: nodes.Filter
    subject: nodes.Expr
    scope: Scope
    expressions: "Expressions"
    trail: Trail

    def result(self) -> Value:
        """Return what comes out, noting what is needed for that."""
        return _PIPES.get(self.node.name, Pipe.taken)(self)

    def taken(self) -> Value:
        """Put something through that has to be there."""
        self.expressions.used(self.subject, self.scope)
        self.expressions.arguments(self.node, self.scope)
        return MADE

    def replaced(self) -> Value:
        """Put something through that has a default."""
        value = self.expressions.value(self.subject, self.scope)
        given, named = self.expressions.arguments(self.node, self.scope, kept=True)
        default = given[0] if given else named.get("default_value", MADE)
        return OneOf(values=(value, default))

    def attribute_of(self) -> Value:
        """Reach for an attribute by name."""
        value = self.expressions.value(self.subject, self.scope)
        self.expressions.arguments(self.node, self.scope)
        name = _constant(self.node.args[:1])
        if not isinstance(name, str):
            self.trail.use(value, self._place)
            return MADE
        return self.trail.attribute(value, name, self._place, dotted=False)

    def pairs(self) -> Value:
        """Take a mapping's names and values; ``items`` makes nothing of one that is missing."""
        value = self.expressions.value(self.subject, self.scope)
        if self.node.name != "items":
            self.trail.use(value, self._place)
        self.expressions.arguments(self.node, self.scope)
        unknown = Several(item=Group(values=(MADE, MADE)), every=None)
        return values_of(value.path) if isinstance(value, Fact) else unknown

    def sequence(self) -> Value:
        """Take a sequence: as a whole, in part, one of its items, in heaps, or something of each."""
        name, place, trail = self.node.name, self._place, self.trail
        value = self.expressions.value(self.subject, self.scope)
        items = trail.item_of(value, place)
        trail.use(value, place)
        self.expressions.arguments(self.node, self.scope)
        attribute = self._attribute()
        if name in _LOOKING and isinstance(value, Group):
            for each in value.values:
                trail.use(each, place)
        with trail.aside() as way:
            found = items.item if attribute is None else self._reached(items.item, attribute)
            if name in _LOOKING or (attribute is not None and not self._is_lenient()):
                trail.use(found, place)
        trail.notes.join((way, Notes()), every=items.every)
        return self._made_of(items, found)

    @property
    def _place(self) -> str:
        return self.trail.place(self.node, self.scope)

    def _made_of(self, items: Several, found: Value) -> Value:
        name = self.node.name
        if name in _OF_ONE:
            return OneOf(values=(items.item, MADE))
        if name in {"join", "sum"}:
            return MADE
        whole = self._attribute() is not None and not self._has_default()
        item: dict[str, Value] = {
            "batch": items,
            "slice": items,
            "groupby": Group(values=(found, items), names=("grouper", "list")),
            "map": found if whole else OneOf(values=(found, MADE)),
        }
        return Several(item=item.get(name, items.item), every=None if name in _PARTLY else items.every)

    def _attribute(self) -> str | int | None:
        """Return which attribute of the items is meant; None: none, or one that is computed."""
        place = _ATTRIBUTES.get(self.node.name)
        named = [each.value for each in self.node.kwargs if each.key == "attribute"]
        return _constant(named or ([] if place is None else self.node.args[place : place + 1]))

    def _reached(self, item: Value, attribute: str | int) -> Value:
        for step in [attribute] if isinstance(attribute, int) else attribute.split("."):
            name = int(step) if isinstance(step, str) and step.isdigit() else step
            item = self.trail.attribute(item, name, self._place, dotted=False)
        return item

    def _is_lenient(self) -> bool:
        """Say whether an item may lack what is looked at: it is handed on, has a default, or is merely asked for."""
        if self.node.name == "map" or self._has_default():
            return True
        test = _constant(self.node.args[1:2]) if self.node.name.endswith("attr") else None
        return test in LENIENT_TESTS

    def _has_default(self) -> bool:
        return any(each.key == "default" for each in self.node.kwargs)


def _constant(given: list[nodes.Expr] | list[nodes.Node]) -> str | int | None:
    value = given[0].value if given and isinstance(given[0], nodes.Const) else None
    return value if isinstance(value, str | int) else None


_PIPES: Final[dict[str, Callable[[Pipe], Value]]] = {
    "attr": Pipe.attribute_of,
    "d": Pipe.replaced,
    "default": Pipe.replaced,
    "dictsort": Pipe.pairs,
    "items": Pipe.pairs,
    **dict.fromkeys((*_WHOLE, *_PARTLY, *_OF_ONE, "batch", "slice", "groupby", "map", "join", "sum"), Pipe.sequence),
}
