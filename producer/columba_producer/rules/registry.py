"""The rules of an app: a registry that may change while it is in use, and what went wrong with them."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.settings import Settings

from columba_producer.errors import InvalidRule
from columba_producer.rules.by_hand import Pushed, Through, push, push_together
from columba_producer.rules.discovery import found_in
from columba_producer.rules.failure import Failures, Stage
from columba_producer.rules.rule import Rule

Given = Rule | type[Rule]


class Rules:
    """Rules by their names. Threads may share it; what is changed counts from the next flush on."""

    def __init__(self, rules: Iterable[Given] = (), *, clock: Clock = utc_now) -> None:
        """Take rules, or classes of them; raises InvalidRule."""
        self.failures = Failures(clock)
        self._lock = threading.Lock()
        self._rules: dict[str, Rule] = {}
        self._by_model: dict[type, tuple[Rule, ...]] = {}
        for each in rules:
            self.add(each)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Return the rules that COLUMBA_RULES names, or those in the module of COLUMBA_APP; else there are none.

        Raises InvalidSettings, InvalidSetting and InvalidRule.
        """
        settings = Settings.from_env(environ)
        if settings.rules:
            return cls(found_in(settings.rules, setting="COLUMBA_RULES"))
        return cls(found_in((settings.app,), setting="COLUMBA_APP") if settings.app else ())

    def add(self, rule: Given) -> Rule:
        """Add one and return it; raises InvalidRule when there is another of its name."""
        made = _made(rule)
        with self._lock:
            if made.name in self._rules:
                raise InvalidRule("name", f"there is a rule {made.name} already: replace it, or give another name")
            self._change(self._rules | {made.name: made})
        return made

    def replace(self, rule: Given) -> Rule:
        """Put a rule in the place of the one of its name; raises InvalidRule when there is none."""
        made = _made(rule)
        with self._lock:
            self._known(made.name)
            self._change(self._rules | {made.name: made})
        return made

    def remove(self, name: str) -> Rule:
        """Take one away and return it; raises InvalidRule when there is none of this name."""
        with self._lock:
            rule = self._known(name)
            self._change({key: each for key, each in self._rules.items() if key != name})
        return rule

    def about(self, model: type) -> tuple[Rule, ...]:
        """Return the rules that are asked when a thing of this class is saved."""
        try:
            return self._by_model[model]
        except KeyError:
            return self._find(model)

    def push(self, name: str, things: Iterable[Any], *, through: Through) -> Pushed:
        """Tell of these things by the rule of this name, without asking what was changed: its type and state decide.

        Things go through a `Producer`, or an `Outbox` in its transaction. Raises InvalidRule, and what their
        `enqueue_many` raises.
        """
        return push(self._known(name), things, through=through, failures=self.failures)

    def push_together(
        self, name: str, things: Iterable[Any], *, through: Through, context: Mapping[str, Any] | None = None
    ) -> UUID | None:
        """Tell of a whole selection by one event, with a delivery for every destination; None: nothing was left of it.

        Its kind is the rule's own, else its name, and its context has `things`, such as ``["story:1", "photo:7"]``.
        Raises InvalidRule, and what `enqueue` raises.
        """
        return push_together(self._known(name), things, through=through, failures=self.failures, context=context)

    def __getitem__(self, name: str) -> Rule:
        """Return the rule of this name; raises InvalidRule when there is none."""
        return self._known(name)

    def __iter__(self) -> Iterator[Rule]:
        """Yield the rules in the order in which they were added."""
        return iter(tuple(self._rules.values()))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rules)

    def _known(self, name: str) -> Rule:
        found = self._rules.get(name)
        if found is None:
            raise InvalidRule("name", f"there is no rule {name!r:.60}; there are {', '.join(self._rules) or 'none'}")
        return found

    def _change(self, rules: dict[str, Rule]) -> None:
        self._rules = rules
        self._by_model = {}

    def _find(self, model: type) -> tuple[Rule, ...]:
        """Ask all for_type, and remember the answer unless one of them failed."""
        # Whoever changes the rules meanwhile leaves this dictionary behind.
        by_model, found, whole = self._by_model, list[Rule](), True
        for rule in self._rules.values():
            try:
                if rule.on_save and rule.for_type(model):
                    found.append(rule)
            # It becomes a failure on record; what is being saved goes on.
            except Exception as error:  # noqa: BLE001 - as said
                self.failures.record(rule.name, Stage.TYPE, model.__name__, error)
                whole = False
        if whole:
            by_model[model] = tuple(found)
        return tuple(found)


def _made(given: object) -> Rule:
    rule = given() if isinstance(given, type) and issubclass(given, Rule) else given
    if not isinstance(rule, Rule):
        raise InvalidRule("rule", f"must be a Rule or a class of them, not {type(rule).__name__}")
    if not rule.name:
        raise InvalidRule("name", f"of {type(rule).__name__} is not known yet: call super().__init__() in its __init__")
    return rule
