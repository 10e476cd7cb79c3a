"""Rules of triage: read from a file or from options, and carried out in their order."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from columba_shared.clock import utc_now
from columba_shared.state import CLAIMABLE

from columba_consumers.cli.arguments import duration
from columba_consumers.cli.decision import carried_out
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.meaning import Found
from columba_consumers.cli.words import duration as in_words

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.log.selection import Selection
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

    from columba_consumers.moderation import Moderation, Tally

_ACTIONS: Final = ("drop", "hold", "send")
_FIELDS: Final = frozenset({"action", "kind", "target", "older_than"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What to do with deliveries of a kind and target that have been due for so long; None fits all."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How many deliveries a rule was about, and how many it changed."""

    meant: int
    done: int = 0


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
    if not isinstance(given, dict) or not given.keys() <= _FIELDS:
        raise BadUsage(f"{place}: a rule has {', '.join(sorted(_FIELDS))} and nothing else")
    if given.get("action") not in _ACTIONS:
        raise BadUsage(f"{place}: action must be one of {', '.join(_ACTIONS)}")
    for name in ("kind", "target", "older_than"):
        if name in given and not isinstance(given[name], str):
            raise BadUsage(f'{place}: {name} must be a text, such as {name} = "1h"')
    if given.get("target") not in {None, *targets}:
        raise BadUsage(f"{place}: there is no target {given['target']!r}; there are {', '.join(targets)}")
    return Rule(
        action=given["action"],
        kind=given.get("kind"),
        target=given.get("target"),
        older_than=_length(given, place),
    )


def _length(given: dict[str, Any], place: str) -> timedelta | None:
    if "older_than" not in given:
        return None
    try:
        return duration(given["older_than"])
    except click.BadParameter as error:
        raise BadUsage(f"{place}: older_than: {error.message}") from error


def meant_by(engine: "Engine", rule: Rule) -> Done:
    """Return how many deliveries in the log the rule is about now."""
    from columba_shared.log.counting import groups
    from columba_shared.log.engine import reading

    with reading(engine) as connection:
        found = groups(connection, _selection(rule, utc_now()))
    return Done(meant=sum(each.number for each in found))


def carry_out(read: "Settings", engine: "Engine", rules: Sequence[Rule], author: "Author") -> list[Done]:
    """Carry the rules out in their order; what one has changed, those behind it no longer mean."""
    return [_carry_out(read, engine, rule, author) for rule in rules]


def _carry_out(read: "Settings", engine: "Engine", rule: Rule, author: "Author") -> Done:
    """Give the order first: what is in a queue is stopped from then on. Then what the log has."""
    from columba_shared.log import selections

    now = utc_now()
    told = replace(author, why=author.why or f"triage: {rule.words}")
    if rule.stops:
        _order(engine, rule, told, now)
    with engine.begin() as connection:
        frozen = selections.freeze(connection, _selection(rule, now), who=told.who, words=rule.words, now=now)

    async def carry(moderation: "Moderation", found: Found) -> "Tally":
        match rule.action:
            case "drop":
                return await moderation.cancel(found.meant, told)
            case "hold":
                return await moderation.hold(found.meant, told)
            case _:
                return await moderation.reschedule(found.meant, told)

    tally = carried_out(read, engine, Found(meant=selections.meant(engine, frozen.id), number=frozen.number), carry)
    return Done(meant=frozen.number, done=tally.done)


def _order(engine: "Engine", rule: Rule, author: "Author", now: datetime) -> None:
    from columba_shared.log import orders
    from columba_shared.log.audit import Act, Deed, note
    from columba_shared.log.orders import Action, Cutoff

    order = Cutoff(
        action=Action.CANCEL if rule.action == "drop" else Action.HOLD,
        before=now - (rule.older_than or timedelta(0)),
        overdue=True,
        who=author.who,
        why=author.why,
        at=now,
        kind=rule.kind,
        target=rule.target,
    )
    with engine.begin() as connection:
        orders.give(connection, [order])
        note(connection, [Act(author=author, what=Deed.ORDERED, at=now, detail={"rule": rule.words})])


def _selection(rule: Rule, now: datetime) -> "Selection":
    from columba_shared.log.selection import Selection

    return Selection(
        states=CLAIMABLE,
        kind=rule.kind,
        target=rule.target,
        due_until=None if rule.older_than is None else now - rule.older_than,
    )
