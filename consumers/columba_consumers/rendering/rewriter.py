"""Rewrites a parsed template before it is compiled, so that the meter sees its loops, slices and ``~``."""

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

from columba_consumers.rendering.filters import CHARGE, COUNT


class Rewriter(NodeTransformer):
    """Jinja has hooks for calls and for most operators, but none for these."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 -- Jinja finds it by the node's name
        """Let the loop take its items through the meter."""
        node.iter = self._filtered(node.iter, COUNT)
        return self.generic_visit(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 -- as above
        """Let the filter ``join``, which is metered, do what ``~`` does."""
        parts = nodes.List(node.nodes, lineno=node.lineno, environment=self._environment)
        return self._filtered(self.generic_visit(parts), "join")

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802 -- as above
        """Let the meter see what a slice copied."""
        sliced = isinstance(node.arg, nodes.Slice)
        seen = self.generic_visit(node)
        return self._filtered(seen, CHARGE) if sliced else seen

    def _filtered(self, node: nodes.Node, name: str) -> nodes.Filter:
        return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno, environment=self._environment)
