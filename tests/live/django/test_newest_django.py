"""The same on the newest Django, which wants a newer Python than Columba does."""

import os
from pathlib import Path
from typing import Final

import django
import pytest

from tests.live.django.newest import environment, newest_python, run_tests

_PARTS: Final = ("backend", "bytes", "functions", "rules", "rules_in_transactions", "settings", "transactions")
"""Of what apps do; that needs no servers."""


@pytest.mark.skipif(django.VERSION >= (6, 0), reason="this is the newest Django")
def test_the_newest_django_passes_the_same_tests() -> None:
    python = newest_python()
    if python is None and not os.environ.get("CI"):
        pytest.skip("no Python 3.12 or newer is here: install one, on the PATH or by pyenv")
    assert python is not None, "continuous integration needs a Python from 3.12 on"
    names = [*(f"test_{part}.py" for part in _PARTS), "newest_admin.py"]
    ran = run_tests(environment(python), *(str(Path(__file__).with_name(name)) for name in names))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout
