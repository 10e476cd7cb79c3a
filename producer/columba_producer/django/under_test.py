"""Whether Django runs the project's tests: then nothing that they tell leaves the process."""

import sys
from typing import Final

from django.core import mail

_TESTS: Final = "django.test.utils"


def is_under_test() -> bool:
    """Say whether Django keeps the project's mails in memory because its tests are run.

    Either by itself is no sign: anybody may send one mail through the backend that keeps it in memory, and Django says
    nowhere else that a test environment was set up. Who has not loaded its tools has none.
    """
    state = getattr(sys.modules.get(_TESTS), "_TestState", None)
    return hasattr(state, "saved_data") and hasattr(mail, "outbox")
