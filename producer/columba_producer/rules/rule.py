"""A rule: which things are told of when they are saved, where to, and as what."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from columba_shared.errors import InvalidEvent
from columba_shared.event import KIND_PATTERN, NAME_PATTERN

from columba_producer.errors import InvalidRule
from columba_producer.request import To
from columba_producer.rules.changes import Changes
from columba_producer.rules.naming import about, plain_key, snake_case
from columba_producer.rules.saved import Saved

_NAME: Final = re.compile(NAME_PATTERN)
_KIND: Final = re.compile(KIND_PATTERN)
OWN_FACTS: Final = frozenset({"rule", "model", "primary_key", "created", "deleted", "changed", "directory"})
"""What every event of a rule tells, so that the context of an app's cannot."""


class Rule:
    """Subclass it, say where to and of what, and narrow it down by up to three filters.

    It is asked once for each thing in a transaction that has committed: first `for_type`, then, unless the thing was
    just created or deleted, `for_updates`, then `for_state`; the first that says no ends it. Each wanted thing becomes
    one event with a delivery for every destination. `docs/rules.md` tells it all.
    """

    name: str = ""
    """Of a-z, 0-9, _ and -; by default the class's own name: `BelovedPartner` is `beloved_partner`."""
    models: tuple[type, ...] = ()
    """The classes that it is about, subclasses included; `for_type` may say otherwise."""
    destinations: To = ()
    """Where to: of the target files the names of destinations, else whatever `enqueue` takes as ``to``."""
    audience: str | None = None
    """Instead of destinations."""
    target: str = "files"
    kind: str = ""
    """The kind of its events, which chooses the templates; by default `<rule>.<model>`."""
    directory: str = ""
    """Where at the destination; templates and renderers see it."""
    lane: str = "normal"
    defer_for: timedelta | None = None
    """Wait so long, and tell what is saved again meanwhile only once."""
    max_wait: timedelta | None = None
    """Whatever is saved again and again waits no longer than this."""
    on_save: bool = True
    """Whether saving tells; if not, only people and programs push, by its name."""
    deletes: bool = False
    """Whether a deletion is told of, too."""

    def __init__(self) -> None:
        """Find the rule's name, and refuse one that could tell nobody; raises InvalidRule."""
        self.name = self.name or snake_case(type(self).__name__)
        _check(self)

    def for_type(self, model: type) -> bool:
        """Whether things of this class are told of. The answer is remembered."""
        return issubclass(model, self.models)

    def for_updates(self, thing: Any, changes: Changes) -> bool:  # noqa: ANN401, ARG002 - the app's own things
        """Whether these changes are worth telling. Not asked of what was created or deleted, nor by hand."""
        return True

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401, ARG002 - as above
        """Whether the thing as it is now may be told of."""
        return True

    def sort_for(self, model: type) -> str:
        """Return how events call the class, which is what its `@loader` is marked with."""
        return snake_case(model.__name__)

    def kind_for(self, model: type) -> str:
        """Return the kind of event, and so the folder of templates."""
        return self.kind or f"{self.name}.{self.sort_for(model)}"

    def directory_for(self, thing: Any) -> str:  # noqa: ANN401, ARG002 - as above
        """Return where at the destination this one goes."""
        return self.directory

    def context_for(self, thing: Any) -> Mapping[str, Any]:  # noqa: ANN401, ARG002 - as above
        """Return further facts as they are at this moment; what consumers can look up needs none."""
        return {}

    def key_for(self, thing: Any, about: str) -> str | None:  # noqa: ANN401, ARG002 - as above
        """Return under which key an event waits and is replaced; None: each goes."""
        return None if self.defer_for is None else f"{self.name}:{about}"

    def selection(self, *arguments: str) -> Iterable[Any] | None:  # noqa: ARG002 - as above
        """Return what a push by command is about; None: all there is of its models. Type and state decide as ever."""
        return None

    def about(self, saved: Saved) -> str:
        """Return how events name the thing, such as ``story:42``."""
        return about(self.sort_for(type(saved.thing)), saved.who.primary_key)

    def facts(self, saved: Saved) -> dict[str, Any]:
        """Return the context of a thing's event; raises InvalidEvent where the app's own would hide a fact."""
        thing = saved.thing
        own = dict(self.context_for(thing))
        hidden = sorted(OWN_FACTS & own.keys())
        if hidden:
            raise InvalidEvent("context", f"{', '.join(hidden)} is told of every rule's event: choose another name")
        return own | {
            "rule": self.name,
            "model": self.sort_for(type(thing)),
            "primary_key": plain_key(saved.who.primary_key),
            "created": saved.created,
            "deleted": saved.deleted,
            "changed": list(saved.changes),
            "directory": self.directory_for(thing),
        }

    def __repr__(self) -> str:
        """Name it."""
        return f"<rule {self.name}>"


def _check(rule: Rule) -> None:
    if not _NAME.fullmatch(rule.name):
        raise InvalidRule("name", f"{rule.name!r:.60} must be made of a-z, 0-9, _ and -")
    for field, shape in (("kind", _KIND), ("target", _NAME)):
        given = getattr(rule, field)
        if not isinstance(given, str) or not shape.fullmatch(given or "-"):
            raise InvalidRule(field, f"of rule {rule.name} cannot be {given!r:.60}: use a-z, 0-9, _ and -")
    if not rule.models and type(rule).for_type is Rule.for_type:
        raise InvalidRule("models", f"of rule {rule.name} names no class: give models = (Story,), or write for_type")
    if rule.audience is None and isinstance(rule.destinations, Iterable) and not rule.destinations:
        raise InvalidRule("destinations", f"of rule {rule.name} names none: nobody would be told anything")
    if rule.max_wait is not None and rule.defer_for is None:
        raise InvalidRule("max_wait", f"of rule {rule.name} goes with defer_for: only what waits can be put off")
