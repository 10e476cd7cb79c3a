"""How names get their meaning, from assignments, loops, macros and blocks; and which templates are named."""

from jinja2 import nodes

from columba_consumers.rendering.needs.scope import Scope
from columba_consumers.rendering.needs.values import MADE, Fact, Group, Value
from columba_consumers.rendering.needs.values import Callable as Macro


def names_of(node: nodes.Expr) -> tuple[str, ...] | None:
    """Return the names that an expression may give, each as it is written; None: it computes one."""
    match node:
        case nodes.Const(value=str(name)):
            return (name,)
        case nodes.CondExpr(expr1=one, expr2=other) if other is not None:
            first, second = names_of(one), names_of(other)
            return None if first is None or second is None else (*first, *second)
        case nodes.List(items=items) | nodes.Tuple(items=items):
            found = [names_of(each) for each in items]
            return None if None in found else tuple(name for each in found for name in each or ())
        case _:
            return None


def macro_of(node: nodes.Macro | nodes.CallBlock, name: str, scope: Scope) -> Macro:
    """Return a macro, or the body of a ``{% call %}``."""
    parameters = [each.name for each in node.args]
    with_default = parameters[len(parameters) - len(node.defaults) :]
    defaults = dict(zip(with_default, node.defaults, strict=True))
    return Macro(name=name, parameters=parameters, defaults=defaults, body=node.body, scope=scope)


def block_of(node: nodes.Block, scope: Scope) -> Macro:
    """Return a block, which takes nothing."""
    return Macro(name=node.name, parameters=(), defaults={}, body=node.body, scope=scope)


def bind(target: nodes.Node, value: Value, scope: Scope) -> None:
    """Give the names of a target their meaning."""
    match target:
        case nodes.Name(name=name):
            scope.names[name] = value
        case nodes.Tuple(items=items):
            for place, each in enumerate(items):
                part: Value = MADE
                if isinstance(value, Group) and len(value.values) == len(items):
                    part = value.values[place]
                elif isinstance(value, Fact):
                    part = Fact(path=(*value.path, place))
                bind(each, part, scope)
        case _:
            pass  # a namespace's attribute: namespaces are not followed
