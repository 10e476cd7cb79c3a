"""What a test does without a server's program: it is skipped, and says what to install."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.services.errors import ProgramMissing


@contextmanager
def needed() -> Iterator[None]:
    """Skip the test where a program is not installed, but fail it in continuous integration."""
    try:
        yield
    except ProgramMissing as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
