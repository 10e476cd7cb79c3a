"""Where a test runs that could run in several places: in all of them by `make torture`, in fewer by `make test`.

There a test is tried either embedded or on servers, always the same for each test, and what the log does on one of
the three databases. So every place has its hundreds of tests in a run of which people await the end, and
what differs between places has been tried in all of them before a release. Whoever names a test gets all of it, and
what is marked ``everywhere`` always runs in every place.
"""

from collections import defaultdict
from typing import Final
from zlib import crc32

import pytest

from tests.system.modes import BROKER, EMBEDDED
from tests.system.system import TORTURE

_PLACES: Final = frozenset({"embedded", "servers", "on servers", EMBEDDED, BROKER, "sqlite", "postgres", "mariadb"})
_FIXTURES: Final = ("shell", "bare", "database", "columba", "either", "telling", "world")


def thinned(config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    """Return what of these tests is to be left out."""
    if TORTURE or any("::" in argument for argument in config.args):
        return []
    alike: dict[str, dict[str, pytest.Item]] = defaultdict(dict)
    for item in items:
        if place := _place(item):
            alike[_name(item, place)][place] = item
    kept = {id(places[sorted(places)[crc32(name.encode()) % len(places)]]) for name, places in alike.items()}
    return [item for item in items if _place(item) and id(item) not in kept]


def _place(item: pytest.Item) -> str | None:
    """Return where the test runs, if that is a choice."""
    given = getattr(item, "callspec", None)
    if given is None or item.get_closest_marker("everywhere"):
        return None
    return next((given.params[name] for name in _FIXTURES if given.params.get(name) in _PLACES), None)


def _name(item: pytest.Item, place: str) -> str:
    """Return what the test is called in each of its places."""
    test, _, parameters = item.name.partition("[")
    others = [part for part in parameters.rstrip("]").split("-") if part != place]
    return "-".join((item.path.name, test, *others))
