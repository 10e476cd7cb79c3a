"""What every test may ask for."""

from hypothesis import settings

pytest_plugins = ["tests.services.fixtures"]

# Examples are judged by what they do, not by how long a busy machine takes over them.
settings.register_profile("quick", deadline=None, max_examples=20)
settings.register_profile("thorough", deadline=None, max_examples=50)
settings.load_profile("quick")
