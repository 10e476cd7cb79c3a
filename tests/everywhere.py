"""Where a test runs that could run in several places: in all of them by `make torture`, in fewer by `make test`.

There a test is tried either embedded or on servers, always the same for each test, and what the log does on SQLite
and on one of the two servers. So every place has its hundreds of tests in a run of which people await the end, and
what differs between places has been tried in all of them before a release. Whoever names a test gets all of it, and
what is marked ``everywhere`` always runs in every place.
"""

from typing import Final
from zlib import crc32

import pytest

from tests.system.modes import BROKER, EMBEDDED
from tests.system.system import TORTURE

_CHOICES: Final = (("embedded", "servers"), ("embedded", "on servers"), (EMBEDDED, BROKER), ("postgres", "mariadb"))
_FIXTURES: Final = ("shell", "bare", "database", "columba", "either", "telling", "world")


def thinned(config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    """Return what of these tests is to be left out."""
    if TORTURE or any("::" in argument for argument in config.args):
        return []
    return [item for item in items if _is_left_out(item)]


def _is_left_out(item: pytest.Item) -> bool:
    """Say whether a test is tried in another place instead."""
    given = getattr(item, "callspec", None)
    place = next((given.params[name] for name in _FIXTURES if name in given.params), None) if given else None
    places = next((choice for choice in _CHOICES if place in choice), None)
    if places is None or item.get_closest_marker("everywhere"):
        return False
    name = item.name.replace(str(place), "")
    return place != places[crc32(name.encode()) % len(places)]
