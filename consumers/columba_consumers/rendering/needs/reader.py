"""Reads a template from its beginning to its end, as it would be rendered, and every other that it leads to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from jinja2 import nodes

from columba_consumers.rendering.needs.binding import bind, block_of, macro_of, names_of
from columba_consumers.rendering.needs.expressions import Expressions
from columba_consumers.rendering.needs.notes import Notes
from columba_consumers.rendering.needs.scope import Scope
from columba_consumers.rendering.needs.trail import Trail
from columba_consumers.rendering.needs.values import MADE, Absent, Group, Module, OneOf, Value
from columba_consumers.rendering.needs.values import Callable as Macro

_DEEPEST: Final = 30
_UNKNOWN: Final = ""
"""A template that nobody knows beforehand."""


class Trees(Protocol):
    """Where templates are found, parsed."""

    def __call__(self, name: str) -> nodes.Template | None:
        """Return the template; None: there is none of this name, or it is broken."""

    def there(self, name: str) -> bool:
        """Say whether there is a file of this name."""


@dataclass(slots=True, kw_only=True)
class _Page:
    """A template and what it extends, together: blocks, the deepest first, and names that are set at the top."""

    blocks: dict[str, list[Macro]] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    names: dict[str, Value] = field(default_factory=dict)
    scope: Scope = field(default_factory=lambda: Scope(file=""))
    """That of the template which is at work."""


class Reader:
    """Goes through templates, and notes on the trail what they need."""

    def __init__(self, trail: Trail, trees: Trees, known: frozenset[str]) -> None:
        self._trail = trail
        self._trees = trees
        self._known = known
        self._expressions = Expressions(trail, self._call)
        self._under_way: list[str] = []
        self._calls: list[Macro] = []
        self._page = _Page()
        self._statements: dict[type[nodes.Node], Callable[[Any, Scope], None]] = {
            nodes.Output: self._output,
            nodes.For: self._for,
            nodes.If: self._if,
            nodes.Macro: self._macro,
            nodes.CallBlock: self._call_block,
            nodes.FilterBlock: self._filter_block,
            nodes.With: self._with,
            nodes.Assign: self._assign,
            nodes.AssignBlock: self._assign_block,
            nodes.Include: self._include,
            nodes.Import: self._import,
            nodes.FromImport: self._from_import,
            nodes.Extends: self._extends,
            nodes.Block: self._block,
        }

    def read(self, name: str) -> None:
        """Go through the template of this name, which sees the event."""
        self._render(name, Scope(file=name, known=self._known))

    def _render(self, name: str, scope: Scope) -> dict[str, Value]:
        """Go through a template as it is rendered on its own, with what it extends; return the names that it sets."""
        tree = self._trees(name)
        if tree is None or name in self._under_way or len(self._under_way) > _DEEPEST:
            return {}
        before, self._page = self._page, _Page()
        self._under_way.append(name)
        self._one(name, tree, scope)
        self._under_way.pop()
        names, self._page = self._page.names, before
        return names

    def _one(self, name: str, tree: nodes.Template, scope: Scope) -> None:
        """Go through one template, and then through the one that it extends."""
        page = self._page
        inner = page.scope = replace(scope, file=name, names={**scope.names, **page.names}, outside=True, deep=False)
        for block in tree.find_all(nodes.Block):
            page.blocks.setdefault(block.name, []).append(block_of(block, inner))
        inner.names["self"] = Module(names={each: blocks[0] for each, blocks in page.blocks.items()})
        page.parents = ()
        self._run(tree.body, inner)
        page.names |= {each: value for each, value in inner.names.items() if scope.names.get(each) is not value}
        ways: list[Notes] = []
        parents: tuple[str, ...] = page.parents
        for parent in parents:
            with self._trail.aside() as way:
                self._above(parent, scope)
            ways.append(way)
        self._trail.notes.join((*ways, Notes()) if _UNKNOWN in parents else ways)

    def _above(self, parent: str, scope: Scope) -> None:
        if parent == _UNKNOWN:
            for block in list(self._page.blocks):
                self._say(block, {})
            return
        tree = self._trees(parent)
        if tree is not None and parent not in self._under_way:
            self._under_way.append(parent)
            self._one(parent, tree, scope)
            self._under_way.pop()

    def _run(self, body: Sequence[nodes.Node], scope: Scope) -> None:
        for node in body:
            statement = self._statements.get(type(node))
            if statement is not None:
                statement(node, scope)
            elif isinstance(node, nodes.Scope | nodes.ScopedEvalContextModifier):
                self._run(node.body, scope.inner())
            else:
                # A statement of an extension, or one that only evaluates something.
                self._expressions.value(node, scope)

    def _output(self, node: nodes.Output, scope: Scope) -> None:
        if self._page.parents and scope.outside:
            # Whoever extends another says nothing outside blocks.
            return
        for each in node.nodes:
            self._expressions.used(each, scope)

    def _for(self, node: nodes.For, scope: Scope) -> None:
        trail = self._trail
        value = self._expressions.value(node.iter, scope)
        items = trail.item_of(value, trail.place(node.iter, scope))
        inner = scope.inner({"loop": MADE})
        bind(node.target, items.item, inner)
        with trail.aside() as body:
            if node.test is not None:
                self._expressions.used(node.test, inner)
            with trail.aside() as rest:
                self._run(node.body, inner)
            trail.notes.join((rest,) if node.test is None else (rest, Notes()))
        with trail.aside() as otherwise:
            self._run(node.else_, scope.inner())
        for_certain = node.test is None and isinstance(value, Group) and value.values and not value.names
        trail.notes.join((body,) if for_certain else (body, otherwise), every=items.every)

    def _if(self, node: nodes.If, scope: Scope) -> None:
        self._choose([(node.test, node.body), *((each.test, each.body) for each in node.elif_)], node.else_, scope)

    def _choose(
        self, choices: list[tuple[nodes.Node, list[nodes.Node]]], otherwise: list[nodes.Node], scope: Scope
    ) -> None:
        """Go through the branches, each condition on the way that leads past those before."""
        (test, body), *others = choices
        trail = self._trail
        self._expressions.used(test, scope)
        taken, passed = scope.inner(), scope.inner()
        with trail.aside() as yes:
            self._run(body, taken)
        with trail.aside() as no:
            if others:
                self._choose(others, otherwise, passed)
            else:
                self._run(otherwise, passed)
        trail.notes.join((yes, no), every=self._expressions.condition(test, scope))
        for name in {**taken.names, **passed.names}:
            one, other = taken.value(name), passed.value(name)
            if one is not other:
                scope.names[name] = OneOf(values=(one, other))
            elif name in taken.names:
                scope.names[name] = one

    def _macro(self, node: nodes.Macro, scope: Scope) -> None:
        scope.names[node.name] = macro_of(node, node.name, scope)

    def _call_block(self, node: nodes.CallBlock, scope: Scope) -> None:
        self._expressions.call(node.call, scope, caller=macro_of(node, "caller", scope))

    def _call(
        self, macro: Macro, given: Sequence[Value], named: Mapping[str, Value], place: str, caller: Value | None
    ) -> None:
        """Go through a macro's body with what it is handed."""
        if macro in self._calls or len(self._calls) > _DEEPEST:
            return
        names: dict[str, Value] = {"varargs": MADE, "kwargs": MADE, "caller": caller or MADE}
        inner = macro.scope.inner(names)
        inner.outside = False
        handed = {**dict(zip(macro.parameters, given, strict=False)), **named}
        for parameter in macro.parameters:
            if parameter in handed:
                inner.names[parameter] = handed[parameter]
            elif parameter in macro.defaults:
                inner.names[parameter] = self._expressions.value(macro.defaults[parameter], inner)
            else:
                why = f"{macro.name}() is not handed its {parameter} at {place}"
                inner.names[parameter] = Absent(why=why)
        self._calls.append(macro)
        self._run(macro.body, inner)
        self._calls.pop()

    def _filter_block(self, node: nodes.FilterBlock, scope: Scope) -> None:
        self._run(node.body, scope.inner())
        self._expressions.value(node.filter, scope)

    def _with(self, node: nodes.With, scope: Scope) -> None:
        inner = scope.inner()
        for target, value in zip(node.targets, node.values, strict=True):
            bind(target, self._expressions.value(value, scope), inner)
        self._run(node.body, inner)

    def _assign(self, node: nodes.Assign, scope: Scope) -> None:
        bind(node.target, self._expressions.value(node.node, scope), scope)

    def _assign_block(self, node: nodes.AssignBlock, scope: Scope) -> None:
        self._run(node.body, scope.inner())
        if node.filter is not None:
            self._expressions.value(node.filter, scope)
        bind(node.target, MADE, scope)

    def _include(self, node: nodes.Include, scope: Scope) -> None:
        ways = []
        for name in self._named(node, scope, ignore_missing=node.ignore_missing):
            inner = self._of(name, scope, with_context=node.with_context)
            with self._trail.aside() as way:
                self._render(name, inner)
            ways.append(way)
        self._trail.notes.join(ways)

    def _import(self, node: nodes.Import, scope: Scope) -> None:
        scope.names[node.target] = self._module(node, scope)

    def _from_import(self, node: nodes.FromImport, scope: Scope) -> None:
        module = self._module(node, scope)
        place = self._trail.place(node, scope)
        for each in node.names:
            name, target = (each, each) if isinstance(each, str) else each
            found: Value = MADE
            if isinstance(module, Module):
                found = module.names.get(name, Absent(why=f"what is imported at {place} has no {name}"))
            scope.names[target] = found

    def _module(self, node: nodes.Import | nodes.FromImport, scope: Scope) -> Value:
        names = self._named(node, scope)
        if len(names) != 1 or self._trees(names[0]) is None:
            return MADE
        return Module(names=self._render(names[0], self._of(names[0], scope, with_context=node.with_context)))

    def _of(self, name: str, scope: Scope, *, with_context: bool) -> Scope:
        """Return what another template sees that is used from here."""
        if with_context:
            return Scope(file=name, known=self._known, reached=scope.reached, names=dict(scope.names))
        return Scope(file=name, known=self._known, reached=False)

    def _extends(self, node: nodes.Extends, scope: Scope) -> None:
        found = self._named(node, scope)
        # One that extends another only sometimes, or an unknown one, says nobody knows what.
        self._page.parents = found if found and not scope.deep else (*found, _UNKNOWN)

    def _block(self, node: nodes.Block, scope: Scope) -> None:
        if not (self._page.parents and scope.outside):
            self._say(node.name, scope.names if node.scoped else {})

    def _say(self, name: str, names: Mapping[str, Value]) -> None:
        """Go through a block, as the template says it that is furthest from the layout."""
        page = self._page
        above: Value = Absent(why=f"there is no block {name} above")
        for block in reversed(page.blocks.get(name, [])):
            scope = block.scope.inner({**page.scope.names, **names, "super": above})
            above = replace(block, scope=scope)
        if isinstance(above, Macro):
            self._call(above, (), {}, "", None)

    def _named(
        self,
        node: nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends,
        scope: Scope,
        *,
        ignore_missing: bool = False,
    ) -> tuple[str, ...]:
        """Return the templates of which one is meant; none for one that is not there, or that nobody knows."""
        place = self._trail.place(node, scope)
        self._expressions.used(node.template, scope)
        names = names_of(node.template)
        if names is None:
            self._trail.blind[place] = None
            return ()
        there = [each for each in names if self._trees.there(each)]
        if isinstance(node.template, nodes.List | nodes.Tuple):
            # The first that is there is taken.
            names, there = tuple(there[:1]) or names[:1], there[:1]
        for missing in names:
            if missing not in there and not ignore_missing:
                self._trail.faults[f"{place}: there is no template {missing}"] = None
        return tuple(there)
