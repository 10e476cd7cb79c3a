"""Rewrites a parsed template before it is compiled: loops count their rounds, and ``~`` becomes a metered join."""

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

from columba_consumers.rendering.filters import COUNT


class Rewriter(NodeTransformer):
    """Jinja has hooks for calls and for most operators, but none for these two."""

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

    def _filtered(self, node: nodes.Node, name: str) -> nodes.Filter:
        return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno, environment=self._environment)
