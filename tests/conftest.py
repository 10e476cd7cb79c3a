"""What every test may ask for."""

from hypothesis import settings

pytest_plugins = ["tests.services.fixtures"]

# Examples are judged by what they do, not by how long a busy machine takes over them.
settings.register_profile("columba", deadline=None)
settings.load_profile("columba")
