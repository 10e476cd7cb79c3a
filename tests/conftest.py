"""What every test may ask for."""

import pytest
from hypothesis import settings

from tests.everywhere import thinned
from tests.system.system import scaled

pytest_plugins = ["tests.services.fixtures"]

# Examples are judged by what they do, not by how long a busy machine takes over them.
settings.register_profile("quick", deadline=None, max_examples=20)
settings.register_profile("thorough", deadline=None, max_examples=scaled(25, 100))
settings.load_profile("quick")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is tried in another place instead."""
    left_out = set(thinned(config, items))
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]
