"""Expressions: what they may be, and what has to be there for them to be anything."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from columba_shared.contract.path import Path
from jinja2 import nodes

from columba_consumers.rendering.needs.notes import Notes
from columba_consumers.rendering.needs.pipes import LENIENT_TESTS, Pipe
from columba_consumers.rendering.needs.scope import Scope
from columba_consumers.rendering.needs.trail import Trail, each_of, values_of
from columba_consumers.rendering.needs.values import MADE, Fact, Group, OneOf, Several, Value
from columba_consumers.rendering.needs.values import Callable as Macro

Call = Callable[[Macro, Sequence[Value], dict[str, Value], str, Value | None], None]

_KEEPING: Final = frozenset(("cycler", "dict", "joiner", "namespace"))
"""Functions that take values without looking at them."""


class Expressions:
    """Goes through expressions; macros that they call are gone through by ``call``."""

    def __init__(self, trail: Trail, call: Call) -> None:
        self._trail = trail
        self._call = call
        self._readers: dict[type[nodes.Node], Callable[[Any, Scope], Value]] = {
            nodes.Name: self._name,
            nodes.Getattr: self._getattr,
            nodes.Getitem: self._getitem,
            nodes.Call: self._called,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.CondExpr: self._either,
            nodes.And: self._both,
            nodes.Or: self._both,
            nodes.Compare: self._compare,
            nodes.List: self._list,
            nodes.Tuple: self._list,
            nodes.Dict: self._dict,
        }

    def value(self, node: nodes.Node, scope: Scope) -> Value:
        """Return what an expression may be, noting what is needed to know it."""
        reader = self._readers.get(type(node))
        if reader is not None:
            return reader(node, scope)
        for part in node.iter_child_nodes():
            self.used(part, scope)
        return MADE

    def used(self, node: nodes.Node, scope: Scope) -> Value:
        """Return the same, noting that it has to be there."""
        found = self.value(node, scope)
        self._trail.use(found, self._trail.place(node, scope))
        return found

    def arguments(
        self, node: nodes.Call | nodes.Filter | nodes.Test, scope: Scope, *, kept: bool = False
    ) -> tuple[list[Value], dict[str, Value]]:
        """Return what a call is given; unless it is merely ``kept`` it has to be there."""
        take = self.value if kept else self.used
        given = [take(each, scope) for each in node.args]
        named = {str(each.key): take(each.value, scope) for each in node.kwargs}
        for rest in (node.dyn_args, node.dyn_kwargs):
            if rest is not None:
                self.used(rest, scope)
        return given, named

    def _name(self, node: nodes.Name, scope: Scope) -> Value:
        return self._trail.met(scope.value(node.name), self._trail.place(node, scope))

    def _getattr(self, node: nodes.Getattr, scope: Scope) -> Value:
        return self._trail.attribute(
            self.value(node.node, scope), node.attr, self._trail.place(node, scope), dotted=True
        )

    def _getitem(self, node: nodes.Getitem, scope: Scope) -> Value:
        place = self._trail.place(node, scope)
        whole = self.value(node.node, scope)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str | int):
            return self._trail.attribute(whole, node.arg.value, place, dotted=False)
        for part in node.arg.iter_child_nodes() if isinstance(node.arg, nodes.Slice) else (node.arg,):
            self.used(part, scope)
        self._trail.use(whole, place)
        if isinstance(node.arg, nodes.Slice) and isinstance(whole, Fact | Several):
            return Several(item=self._trail.item_of(whole, place).item, every=None)
        return MADE

    def _called(self, node: nodes.Call, scope: Scope) -> Value:
        return self.call(node, scope, caller=None)

    def call(self, node: nodes.Call, scope: Scope, *, caller: Value | None) -> Value:
        """Return what a call gives; ``caller`` is the body that ``{% call %}`` hands over."""
        place = self._trail.place(node, scope)
        if isinstance(node.node, nodes.Getattr):
            whole = self.value(node.node.node, scope)
            if not isinstance(whole, Group) or node.node.attr not in whole.names:
                found = self._method(whole, node.node.attr, node, scope)
                if found is not None:
                    return found
        callee = self.value(node.node, scope)
        if isinstance(callee, Macro):
            given, named = self.arguments(node, scope, kept=True)
            self._call(callee, given, named, place, caller)
            return MADE
        self._trail.use(callee, place)
        kept = isinstance(node.node, nodes.Name) and node.node.name in _KEEPING
        given, named = self.arguments(node, scope, kept=kept)
        return Group(values=tuple(named.values()), names=tuple(named)) if kept and named else MADE

    def _method(self, whole: Value, name: str, node: nodes.Call, scope: Scope) -> Value | None:
        """Return what a method of a fact gives; None: it is not of a fact."""
        place = self._trail.place(node, scope)
        if not isinstance(whole, Fact | OneOf | Several):
            if name == "join" and node.args:
                self._trail.use(self._trail.item_of(self.value(node.args[0], scope), place).item, place)
                return MADE
            return None
        self._trail.use(whole, place)
        given, named = self.arguments(node, scope, kept=name == "get")
        if not isinstance(whole, Fact):
            return MADE
        if name == "get" and node.args and isinstance(node.args[0], nodes.Const):
            fact = self._trail.met(Fact(path=(*whole.path, str(node.args[0].value))), place)
            return OneOf(values=(fact, *given[1:], *named.values(), MADE))
        if name in {"items", "values"}:
            return values_of(whole.path, with_names=name == "items")
        return MADE

    def _filter(self, node: nodes.Filter, scope: Scope) -> Value:
        if node.node is None:
            # The filter of a block takes text.
            self.arguments(node, scope)
            return MADE
        return Pipe(node=node, subject=node.node, scope=scope, expressions=self, trail=self._trail).result()

    def _test(self, node: nodes.Test, scope: Scope) -> Value:
        (self.value if node.name in LENIENT_TESTS else self.used)(node.node, scope)
        self.arguments(node, scope)
        return MADE

    def _either(self, node: nodes.CondExpr, scope: Scope) -> Value:
        self.used(node.test, scope)
        values: list[Value] = []
        ways = []
        for branch in (node.expr1, node.expr2):
            with self._trail.aside() as way:
                values.append(MADE if branch is None else self.value(branch, scope))
            ways.append(way)
        self._trail.notes.join(ways, every=self.condition(node.test, scope))
        return OneOf(values=tuple(values))

    def _both(self, node: nodes.And | nodes.Or, scope: Scope) -> Value:
        left = self.used(node.left, scope)
        with self._trail.aside() as way:
            right = self.value(node.right, scope)
        self._trail.notes.join((way, Notes()))
        return OneOf(values=(left, right))

    def _compare(self, node: nodes.Compare, scope: Scope) -> Value:
        self.used(node.expr, scope)
        first, *others = node.ops
        self.used(first.expr, scope)
        for operand in others:
            # The rest is looked at only as long as everything before holds.
            with self._trail.aside() as way:
                self.used(operand.expr, scope)
            self._trail.notes.join((way, Notes()))
        return MADE

    def _list(self, node: nodes.List | nodes.Tuple, scope: Scope) -> Value:
        return Group(values=tuple(self.value(each, scope) for each in node.items))

    def _dict(self, node: nodes.Dict, scope: Scope) -> Value:
        pairs = [(self.used(each.key, scope), self.value(each.value, scope)) for each in node.items]
        names = [str(each.key.value) if isinstance(each.key, nodes.Const) else "" for each in node.items]
        return Group(values=tuple(value for _, value in pairs), names=tuple(names))

    def condition(self, node: nodes.Node, scope: Scope) -> Path | None:
        """Return the path to each item of a list that is asked to have some; None: something else is asked."""
        if isinstance(node, nodes.Filter) and node.name in {"length", "count"} and node.node is not None:
            node = node.node
        with self._trail.aside():
            found = self.value(node, scope)
        return each_of(found.path).every if isinstance(found, Fact) else None
