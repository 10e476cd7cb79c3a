"""Rules of triage: what to do with which part of a backlog, read from a file."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from columba_consumers.cli.arguments import duration, kinds
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.words import duration as in_words

Taken = TypeVar("Taken")

_ACTIONS: Final = ("drop", "hold", "send")
_FIELDS: Final = frozenset({"action", "kind", "target", "older_than"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What to do with deliveries of a kind and target that have been due for so long; None fits all that are due."""

    action: str
    kind: str | None = None
    target: str | None = None
    older_than: timedelta | None = None

    @property
    def words(self) -> str:
        """The rule as a person says it."""
        what = self.kind or "everything"
        by = f" by {self.target}" if self.target else ""
        since = f" due for over {in_words(self.older_than)}" if self.older_than else ""
        return f"{self.action} {what}{by}{since}"

    @property
    def stops(self) -> bool:
        """Whether it is to reach what has no row yet as well."""
        return self.action != "send"


def read_rules(file: Path, *, targets: Sequence[str]) -> list[Rule]:
    """Return the rules of a file; raises BadUsage naming the rule and the field."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadUsage(f"--rules: {file} cannot be read: {error}") from error
    rules = document.get("rule")
    if document.keys() != {"rule"} or not isinstance(rules, list) or not rules:
        raise BadUsage(f"--rules: {file} must consist of [[rule]] tables")
    return [_rule(given, f"--rules: rule {number}", targets) for number, given in enumerate(rules, start=1)]


def _rule(given: object, place: str, targets: Sequence[str]) -> Rule:
    has = f"a rule has {', '.join(sorted(_FIELDS))} and nothing else"
    if not isinstance(given, dict):
        raise BadUsage(f"{place}: {has}")
    if unknown := sorted(given.keys() - _FIELDS):
        raise BadUsage(f"{place}: {unknown[0]} is unknown: {has}")
    if given.get("action") not in _ACTIONS:
        raise BadUsage(f"{place}: action must be one of {', '.join(_ACTIONS)}")
    for name in ("kind", "target", "older_than"):
        if name in given and not isinstance(given[name], str):
            raise BadUsage(f'{place}: {name} must be a text, such as {name} = "1h"')
    if given.get("target") not in {None, *targets}:
        raise BadUsage(f"{place}: there is no target {given['target']!r}; there are {', '.join(targets)}")
    return Rule(
        action=given["action"],
        kind=_taken(given, "kind", kinds, place),
        target=given.get("target"),
        older_than=_taken(given, "older_than", duration, place),
    )


def _taken(given: dict[str, Any], name: str, take: Callable[[str], Taken], place: str) -> Taken | None:
    if name not in given:
        return None
    try:
        return take(given[name])
    except click.BadParameter as error:
        raise BadUsage(f"{place}: {name}: {error.message}") from error
