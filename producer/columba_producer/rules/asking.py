"""Asking one rule about one thing: an event is wanted, or not, or it failed at a stage that has a name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from columba_producer.request import EventRequest
from columba_producer.rules.failure import Stage
from columba_producer.rules.rule import Rule
from columba_producer.rules.saved import Saved

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a rule wants told of one thing."""

    rule: str
    about: str
    request: EventRequest


class AppFailed(Exception):
    """The app's own code raised its cause at this stage."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.stage = stage


def wanted_of(rule: Rule, saved: Saved) -> Wanted | None:
    """Return what the rule wants told of what was saved; None: nothing. Raises AppFailed."""
    if saved.deleted and not rule.deletes:
        return None
    known_before = not (saved.created or saved.deleted)
    if known_before and not _asked(Stage.UPDATES, lambda: rule.for_updates(saved.thing, saved.changes)):
        return None
    return _fitting(rule, saved)


def wanted_by_hand(rule: Rule, saved: Saved) -> Wanted | None:
    """Return what the rule wants told of a thing that somebody chose: its type and state decide. Raises AppFailed."""
    if not _asked(Stage.TYPE, lambda: rule.for_type(type(saved.thing))):
        return None
    return _fitting(rule, saved)


def _fitting(rule: Rule, saved: Saved) -> Wanted | None:
    if not _asked(Stage.STATE, lambda: rule.for_state(saved.thing)):
        return None
    return _asked(Stage.EVENT, lambda: _wanted(rule, saved))


def is_wanted(rule: Rule, thing: object) -> bool:
    """Whether type and state fit. Raises AppFailed."""
    fits = _asked(Stage.TYPE, lambda: rule.for_type(type(thing)))
    return bool(fits and _asked(Stage.STATE, lambda: rule.for_state(thing)))


def _wanted(rule: Rule, saved: Saved) -> Wanted:
    about = rule.about(saved)
    request = EventRequest(
        kind=rule.kind_for(type(saved.thing)),
        to=None if rule.audience is not None else rule.destinations,
        audience=rule.audience,
        target=rule.target,
        # A consumer would look in vain for what is deleted, and end the delivery.
        about=None if saved.deleted else about,
        context=rule.facts(saved),
        lane=rule.lane,
        defer_for=rule.defer_for,
        key=rule.key_for(saved.thing, about),
        max_wait=rule.max_wait,
    )
    return Wanted(rule=rule.name, about=about, request=request)


def _asked(stage: Stage, question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    # It becomes a failure on record; what is being saved goes on.
    except Exception as error:
        raise AppFailed(stage) from error
