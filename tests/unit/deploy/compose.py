"""docker-compose.yml as Docker Compose understands it: anchors merged, variables replaced."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml  # type: ignore[import-untyped]  # PyYAML brings no types

PROJECT: Final = Path(__file__).parents[3]
SECRETS: Final = "/run/secrets"
_VARIABLE: Final = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")

Node: TypeAlias = Any
"""What YAML holds."""


class Unset(Exception):
    """A variable without which nothing may start is not set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of ours, as far as it decides what a process does."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: frozenset[str]
    told: Mapping[str, Node]


def services(variables: Mapping[str, str]) -> dict[str, Service]:
    """Return the services that run Columba's own image."""
    return {
        name: Service(
            name=name,
            command=tuple(told.get("command", ())),
            environment={key: str(value) for key, value in told.get("environment", {}).items()},
            secrets=frozenset(told.get("secrets", ())),
            told=told,
        )
        for name, told in document(variables)["services"].items()
        if told["image"] == "columba:local"
    }


def document(variables: Mapping[str, str]) -> dict[str, Node]:
    """Return the whole file; raises Unset."""
    read: dict[str, Node] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    replaced: dict[str, Node] = _replace(read, variables)
    return replaced


def _replace(node: Node, variables: Mapping[str, str]) -> Node:
    match node:
        case dict():
            return {key: _replace(value, variables) for key, value in node.items()}
        case list():
            return [_replace(value, variables) for value in node]
        case str():
            return _VARIABLE.sub(lambda found: _value(found, variables), node)
        case _:
            return node


def _value(found: "re.Match[str]", variables: Mapping[str, str]) -> str:
    name, sign, rest = found.groups()
    value = variables.get(name, "")
    if not value and sign == "?":
        raise Unset(f"{name}: {rest}")
    return value or (rest if sign == "-" else "")
