"""Pushing by hand: things that somebody chose, by a rule that is named."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Unpack
from uuid import UUID

from columba_producer.ids import EventIds
from columba_producer.request import EventRequest, Said
from columba_producer.rules.asking import AppFailed, is_wanted, wanted_by_hand
from columba_producer.rules.failure import Failure, Failures
from columba_producer.rules.naming import plainly, primary_key_of
from columba_producer.rules.rule import Rule
from columba_producer.rules.saved import Saved, Who


class Through(Protocol):
    """What takes events: a `Producer`, or an `Outbox` in a transaction."""

    def enqueue(self, kind: str, **said: Unpack[Said]) -> UUID:
        """Take one."""

    def enqueue_many(self, requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
        """Take many, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What became of a push: the events, how many things the rule did not want, and on which it failed."""

    ids: EventIds
    left_out: int
    failures: tuple[Failure, ...]


def push(rule: Rule, things: Iterable[object], *, through: Through, failures: Failures) -> Pushed:
    """Enqueue one event for each thing that the rule wants; memory stays flat for a generator."""
    left_out, failed = 0, list[Failure]()

    def requests() -> Iterator[EventRequest]:
        nonlocal left_out
        for thing in things:
            saved = _chosen(thing)
            try:
                wanted = wanted_by_hand(rule, saved)
            except AppFailed as error:
                failed.append(_recorded(rule, saved, error, failures))
                continue
            if wanted is None:
                left_out += 1
            else:
                yield wanted.request

    ids = through.enqueue_many(requests())
    return Pushed(ids=ids, left_out=left_out, failures=tuple(failed))


def push_together(
    rule: Rule, things: Iterable[object], *, through: Through, failures: Failures, context: Mapping[str, Any] | None
) -> UUID | None:
    """Enqueue one event that names all things that the rule wants."""
    about_all = []
    for thing in things:
        saved = _chosen(thing)
        try:
            if is_wanted(rule, thing):
                about_all.append(rule.about(saved))
        except AppFailed as error:
            _recorded(rule, saved, error, failures)
    if not about_all:
        return None
    return through.enqueue(
        rule.kind or rule.name,
        to=None if rule.audience is not None else rule.destinations,
        audience=rule.audience,
        target=rule.target,
        context={**(context or {}), "rule": rule.name, "things": about_all, "directory": rule.directory},
        lane=rule.lane,
    )


def _chosen(thing: object) -> Saved:
    who = Who(type(thing), primary_key_of(thing))
    return Saved(thing=thing, before=who, after=who)


def _recorded(rule: Rule, saved: Saved, error: AppFailed, failures: Failures) -> Failure:
    name = plainly(type(saved.thing), saved.who.primary_key)
    return failures.record(rule.name, error.stage, name, error.__cause__ or error)
