"""Importers: what each system's tables are, and what their rows mean."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from columba_shared.log.audit import Author
from columba_shared.settings import Settings

from columba_consumers.importing.item import Item
from columba_consumers.importing.old_tables import OldTables, Row

SYSTEMS: Final = {
    "carrier-pigeon": "columba_consumers.importing.carrier_pigeon",
    "django-mailer": "columba_consumers.importing.django_mailer",
    "notification-system": "columba_consumers.importing.notification_system",
    "pigeonpost": "columba_consumers.importing.pigeonpost",
}
"""Where the function ``steps`` of each system is."""

Read = Callable[[Row], Iterable[Item]]
"""Yields what a row holds; what it raises of ValueError, TypeError, LookupError and ArithmeticError makes that row a
bad one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A table, and what reads its rows, in the order of their ``key``."""

    table: str
    read: Read
    key: str = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an importer is given: the old tables, the settings, who imports, and whether pickles may be loaded.

    What it opens beside is entered on ``closing``.
    """

    tables: OldTables
    settings: Settings
    author: Author
    trust_pickles: bool
    closing: ExitStack


Steps = Callable[[Source], Sequence[Step]]


def steps_of(system: str) -> Steps:
    """Return what reads this system's tables, one after the other."""
    found: Steps = import_module(SYSTEMS[system]).steps
    return found
