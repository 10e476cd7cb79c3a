"""A configuration as a rule of Columba's."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from columba_producer.django.rules import Changes, Rule
from columba_producer.request import To

from carrier_pigeon.configuration import DefaultConfiguration
from carrier_pigeon.models import BasicDirtyFieldsMixin
from carrier_pigeon.places import names_of
from carrier_pigeon.supervisors import BaseSupervisor

logger = logging.getLogger("carrier_pigeon.select")
KINDS = "carrier_pigeon"


class RuleByConfiguration(Rule):
    """Asks the supervisor that the configuration has for a thing, in the original's order."""

    def __init__(self, configuration: DefaultConfiguration) -> None:
        """Take its name, and what it says of Columba's own terms, such as ``defer_for``."""
        self.configuration = configuration
        self.name = configuration.name
        self.kind = f"{KINDS}.{configuration.name}"
        self.on_save = configuration.is_sequential
        self.lane = getattr(configuration, "lane", "normal")
        self.defer_for: timedelta | None = getattr(configuration, "defer_for", None)
        self.max_wait: timedelta | None = getattr(configuration, "max_wait", None)
        super().__init__()

    @property
    def destinations(self) -> To:  # type: ignore[override] # settings may change
        """Its push URLs, by their names; where there are none, nobody is asked for it."""
        return names_of(self.configuration) or ("nowhere",)

    def for_type(self, model: type) -> bool:
        """Follow what has the mixin; a selection may be of anything."""
        return not self.on_save or issubclass(model, BasicDirtyFieldsMixin)

    def for_updates(self, thing: Any, changes: Changes) -> bool:
        """Ask for the type first. Of relations to many the original was told nothing."""
        changed = _fields_of(thing, changes)
        if not changed:
            return False
        with _modified(thing, changed):
            supervisor = self._supervisor(thing)
            return supervisor is not None and bool(
                supervisor.filter_by_instance_type() and supervisor.filter_by_updates()
            )

    def for_state(self, thing: Any) -> bool:
        """Ask for the type first: of what is new, nobody has. Who selects things has been asked nothing at all.

        Of a selection what is raised instead of a supervisor is a failure: whoever pushes it is told.
        """
        supervisor = self._supervisor(thing) if self.on_save else self.configuration.get_supervisor_for_item(thing)
        if supervisor is None:
            return False
        if self.on_save and not (supervisor.filter_by_instance_type() and supervisor.filter_by_state()):
            return False
        if not self.configuration.push_urls:
            logger.warning('No push url setted for rule "%s"', self.name)
        return bool(names_of(self.configuration))  # dummy:// alone leads nowhere, but to the copy

    def selection(self, *arguments: str) -> Iterable[Any] | None:
        """Ask a mass configuration."""
        get = getattr(self.configuration, "get_items_to_push", None)
        return None if get is None else get(*arguments)

    def sort_for(self, model: Any) -> str:
        """Name the app, too: apps may have models of one name."""
        return str(model._meta.label_lower)

    def context_for(self, thing: Any) -> Mapping[str, Any]:
        """Call the hook, now that the thing is chosen; what it raises is for the log."""
        supervisor = self._supervisor(thing)
        try:
            if supervisor is not None:
                supervisor.post_select(thing)
        # A hook's failure is not the save's, and not the push's.
        except Exception:
            logger.exception("post_select of %s", self.name)
        return {}

    def _supervisor(self, thing: Any) -> BaseSupervisor | None:
        """Return None where there is none, which the original took for a no, too, whatever was raised."""
        try:
            return self.configuration.get_supervisor_for_item(thing)
        # As said.
        except Exception:
            logger.debug("%s has no supervisor for %r", self.name, type(thing), exc_info=True)
            return None


def _fields_of(thing: Any, changes: Changes) -> list[str]:
    known = {name for field in thing._meta.concrete_fields for name in (field.name, field.attname)}
    return [name for name in changes if name in known]


@contextmanager
def _modified(thing: Any, changed: Iterable[str]) -> Iterator[None]:
    """Let it tell what the whole transaction has changed: earlier saves in it are told by this one's event."""
    kept = thing.__dict__.get("_modified_attrs", [])
    thing.__dict__["_modified_attrs"] = list(dict.fromkeys([*kept, *changed]))
    try:
        yield
    finally:
        thing.__dict__["_modified_attrs"] = kept
