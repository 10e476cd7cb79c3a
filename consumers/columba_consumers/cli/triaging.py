"""Rules of triage carried out: the orders first, then what the log has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from columba_shared.clock import utc_now
from columba_shared.state import CLAIMABLE, State

from columba_consumers.cli.decision import carried_out
from columba_consumers.cli.meaning import Found
from columba_consumers.cli.rules import Rule

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.log.selection import Selection
    from columba_shared.log.selections import FrozenSelection
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

    from columba_consumers.moderation import Moderation, Tally

_ACTIONS: Final = {"drop": "cancel", "hold": "hold", "send": "let"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How many deliveries a rule was about, and how many it changed."""

    meant: int
    done: int = 0


def foretold(engine: "Engine", rules: Sequence[Rule]) -> list[Done]:
    """Return how many deliveries in the log each rule is about now, those before it left out."""
    from columba_shared.log.counting import groups
    from columba_shared.log.engine import reading

    with reading(engine) as connection:
        return [
            Done(meant=sum(each.number for each in groups(connection, wanted)))
            for wanted in _selections(rules, utc_now())
        ]


def carry_out(read: "Settings", engine: "Engine", rules: Sequence[Rule], author: "Author") -> list[Done]:
    """Give the orders first: what is in a queue is stopped from then on. Then do with the log's rows as each rule says.

    Which delivery is which rule's is settled before the first is carried out.
    """
    now = utc_now()
    told = [replace(author, why=author.why or f"triage: {rule.words}") for rule in rules]
    _order(engine, rules, told, now)
    frozen = _frozen(engine, rules, author, now)
    return [_carry_out(read, engine, rule, each, by) for rule, each, by in zip(rules, frozen, told, strict=True)]


def _order(engine: "Engine", rules: Sequence[Rule], told: "Sequence[Author]", now: datetime) -> None:
    """Give one order for every rule, together, so that for what has no row the first that fits counts as well."""
    from columba_shared.log import orders
    from columba_shared.log.audit import Act, Deed, note
    from columba_shared.log.orders import Action, Cutoff

    if not any(rule.stops for rule in rules):
        return
    given = [
        Cutoff(
            action=Action(_ACTIONS[rule.action]),
            before=now - (rule.older_than or timedelta(0)),
            overdue=True,
            who=author.who,
            why=author.why,
            at=now,
            kind=rule.kind,
            target=rule.target,
        )
        for rule, author in zip(rules, told, strict=True)
    ]
    with engine.begin() as connection:
        orders.give(connection, given)
        detail = [{"rule": rule.words, "before": each.before} for rule, each in zip(rules, given, strict=True)]
        acts = [Act(author=by, what=Deed.ORDERED, at=now, detail=of) for by, of in zip(told, detail, strict=True)]
        note(connection, acts)


def _frozen(engine: "Engine", rules: Sequence[Rule], author: "Author", now: datetime) -> "list[FrozenSelection]":
    from columba_shared.log import selections

    with engine.begin() as connection:
        return [
            selections.freeze(connection, wanted, who=author.who, words=f"triage: {rule.words}", now=now)
            for rule, wanted in zip(rules, _selections(rules, now), strict=True)
        ]


def _carry_out(read: "Settings", engine: "Engine", rule: Rule, frozen: "FrozenSelection", author: "Author") -> Done:
    from columba_shared.log import selections

    async def carry(moderation: "Moderation", found: Found) -> "Tally":
        match rule.action:
            case "drop":
                return await moderation.drop(found.meant, author)
            case "hold":
                return await moderation.hold(found.meant, author)
            case _:
                return await moderation.reschedule(found.meant, author)

    tally = carried_out(read, engine, Found(meant=selections.meant(engine, frozen.id), number=frozen.number), carry)
    return Done(meant=frozen.number, done=tally.done)


def _selections(rules: Sequence[Rule], now: datetime) -> "list[Selection]":
    """Return what each rule is about: what fits it and none of those before it."""
    plain = [_selection(rule, now) for rule in rules]
    return [replace(each, without=(*each.without, *plain[:place])) for place, each in enumerate(plain)]


def _selection(rule: Rule, now: datetime) -> "Selection":
    """Return what fits a rule; what was put off and is not due yet fits none."""
    from columba_shared.log.selection import Selection

    return Selection(
        states=CLAIMABLE,
        kind=rule.kind,
        target=rule.target,
        due_until=None if rule.older_than is None else now - rule.older_than,
        without=(Selection(states={State.SCHEDULED}, due_since=now),),
    )
