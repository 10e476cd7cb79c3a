"""Asking the rules as soon as a thing was saved, and telling what they want in the transaction that is open."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from columba_shared.errors import BrokenCheck, ColumbaError, InvalidEvent
from django.db import connections
from django.db.models import Model

from columba_producer.django.project_producer import ProjectProducer
from columba_producer.django.rules.shelter import sheltered
from columba_producer.django.rules.told import Told, book_of
from columba_producer.rules.asking import AppFailed, Wanted, wanted_of
from columba_producer.rules.changes import Changes
from columba_producer.rules.failure import Stage
from columba_producer.rules.naming import plainly
from columba_producer.rules.publishing import publish
from columba_producer.rules.registry import Rules
from columba_producer.rules.rule import Rule
from columba_producer.rules.saved import Saved, Who

_ROUNDS: Final = 2
"""How often rules are asked about one save: a second time, if another rule has saved the thing since."""
ProducerOf = Callable[[], ProjectProducer]


class Saving:
    """Knows no thing by itself: what was told in an open transaction is kept on its connection."""

    def __init__(self, rules: Rules, producer: ProducerOf) -> None:
        self._rules = rules
        self._producer = producer

    def take(self, thing: Model, *, alias: str, created: bool = False, changes: Changes | None = None) -> Told | None:
        """Take what was created or changed; None: no transaction is open, and nobody undoes it any more."""
        who = who_is(thing, alias)
        return self._take(
            Saved(thing=thing, before=None if created else who, after=who, changes=changes or Changes()), alias
        )

    def take_deleted(self, thing: Model, *, alias: str) -> None:
        """Take what was deleted; of a thing in several tables each tells, and the first counts."""
        who = who_is(thing, alias)
        connection = connections[alias]
        known = book_of(connection, self).latest(who) if connection.in_atomic_block else None
        if known is None or not known.saved.deleted:
            self._take(Saved(thing=thing, before=who, after=None), alias)

    def _take(self, saved: Saved, alias: str) -> Told | None:
        connection = connections[alias]
        book = book_of(connection, self)
        if saved.who in book.asking:  # by a rule's own code: who asks it tells that, too
            book.asking[saved.who] = whole = book.asking[saved.who].then(saved)
            return book.add(saved.who, whole) if connection.in_atomic_block else None
        if not connection.in_atomic_block:
            self._tell_at_once(saved, alias)
            return None
        earlier = book.latest(saved.who)
        whole = saved if earlier is None else earlier.saved.then(saved)
        told = book.add(saved.who, whole)
        whole, wanted = self._wanted(saved.who, whole, alias)
        if book.latest(saved.who) is not told:
            told = book.add(saved.who, whole)
        if self._is_within(alias):
            if earlier is not None and earlier.event_ids:
                self._producer().take_back(earlier.event_ids)
            told.event_ids = self._written(wanted)
        else:
            if earlier is not None and told.within <= earlier.within:
                earlier.on_commit = None  # it is not undone without this one, too, which tells the whole
            told.on_commit = partial(self._publish, wanted)
        return told

    def _tell_at_once(self, saved: Saved, alias: str) -> None:
        """Tell what is saved for good: an error would tell the app that it is not."""
        if saved.counts:
            self._publish(self._wanted(saved.who, saved, alias)[1])

    def _is_within(self, alias: str) -> bool:
        configuration = self._producer().configuration
        return bool(alias == configuration.outbox and configuration.in_transaction == "outbox")

    def _wanted(self, who: Who, saved: Saved, alias: str) -> tuple[Saved, list[Wanted]]:
        """Return what rules want told, and of what: they may save the thing themselves while they are asked."""
        asking = book_of(connections[alias], self).asking
        asking[who] = saved
        answers: dict[str, Wanted | None] = {}
        heard: dict[str, Saved] = {}
        try:
            for rule in self._rules.about(type(saved.thing)) * _ROUNDS:
                if asking[who].counts and heard.get(rule.name) is not asking[who]:
                    answers[rule.name] = self._answer(rule, who, alias)
                    heard[rule.name] = asking[who]  # what it has saved itself is no news to it
        finally:
            whole = asking.pop(who)
        return whole, [each for each in answers.values() if each is not None] if whole.counts else []

    def _answer(self, rule: Rule, who: Who, alias: str) -> Wanted | None:
        aliases = dict.fromkeys((alias, *connections))
        asking = book_of(connections[alias], self).asking
        saved = asking[who]
        with sheltered(iter(aliases)) as shelters:
            try:
                wanted = wanted_of(rule, saved)
            except AppFailed as error:
                for shelter in shelters:
                    shelter.undo()
                if connections[alias].in_atomic_block:
                    asking[who] = saved
                self._record(rule.name, error.stage, saved, error)
                return None
            for shelter in shelters:
                shelter.release()
            return wanted

    def _written(self, wanted: Sequence[Wanted]) -> list[UUID]:
        """Write into the outbox; that it takes none is the app's to know, whose transaction it is."""
        ids: list[UUID] = []
        for each in wanted:
            try:
                ids += self._producer().enqueue_checked([each.request])
            except (InvalidEvent, BrokenCheck) as error:
                self._rules.failures.record(each.rule, Stage.EVENT, each.about, error)
        return ids

    def _publish(self, wanted: Sequence[Wanted]) -> None:
        if not wanted:
            return
        try:
            producer = self._producer()
        except ColumbaError as error:
            for each in wanted:
                self._rules.failures.record(each.rule, Stage.PUBLISH, each.about, error, request=each.request)
        else:
            publish(wanted, producer, self._rules.failures)

    def _record(self, rule: str, stage: Stage, saved: Saved, error: BaseException) -> None:
        name = plainly(type(saved.thing), saved.who.primary_key)
        self._rules.failures.record(rule, stage, name, error.__cause__ or error)


def who_is(thing: Model, alias: str) -> Who:
    """Return what tells a thing from all others: tables that share their keys are of one thing."""
    model: Any = thing._meta.concrete_model
    while (link := model._meta.pk.remote_field) is not None and model._meta.pk in model._meta.parents.values():
        model = link.model
    return Who(model, thing.pk if isinstance(thing.pk, tuple) else (thing.pk,), alias)
