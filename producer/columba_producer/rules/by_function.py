"""A rule made of a function: what it returns is the filter of state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypedDict, Unpack

from columba_producer.errors import InvalidRule
from columba_producer.request import To
from columba_producer.rules.changes import Changes
from columba_producer.rules.rule import Rule

StateFilter = Callable[[Any], bool]
UpdatesFilter = Callable[[Any, Changes], bool]


class Terms(TypedDict, total=False):
    """What may be said of a rule besides its filters."""

    name: str
    destinations: To
    audience: str | None
    target: str
    kind: str
    directory: str
    lane: str
    defer_for: timedelta | None
    max_wait: timedelta | None
    on_save: bool
    deletes: bool


class RuleByFunction(Rule):
    """What the decorator makes."""

    def __init__(
        self, models: tuple[type, ...], for_state: StateFilter, for_updates: UpdatesFilter | None, terms: Terms
    ) -> None:
        """Take the terms; raises InvalidRule."""
        self.models = models
        self.name = for_state.__name__
        for term, value in terms.items():
            if term not in Terms.__annotations__:
                raise InvalidRule(term, f"is nothing that a rule knows; there are {', '.join(Terms.__annotations__)}")
            setattr(self, term, value)
        self._for_state = for_state
        self._for_updates = for_updates
        super().__init__()

    def for_updates(self, thing: Any, changes: Changes) -> bool:  # noqa: ANN401 - the app's own things
        """Ask the function that was given, if one was."""
        return self._for_updates is None or self._for_updates(thing, changes)

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401 - as above
        """Ask the function."""
        return self._for_state(thing)


def rule(
    *models: type, for_updates: UpdatesFilter | None = None, **terms: Unpack[Terms]
) -> Callable[[StateFilter], RuleByFunction]:
    """Make a rule of a function ``(thing)`` that says whether a thing of these classes may be told of as it is now.

    The rule is called as the function is. Raises InvalidRule.
    """
    return lambda function: RuleByFunction(models, function, for_updates, terms)
