"""The same on the newest Django, which wants a newer Python than Columba does."""

import os

import django
import pytest

from tests.live.django.newest import environment, newest_python, run_tests


@pytest.mark.skipif(django.VERSION >= (6, 0), reason="this is the newest Django")
def test_the_newest_django_passes_the_same_tests() -> None:
    python = newest_python()
    if python is None and not os.environ.get("CI"):
        pytest.skip("no Python 3.12 or newer is here: install one, on the PATH or by pyenv")
    assert python is not None, "continuous integration needs a Python from 3.12 on"
    ran = run_tests(environment(python), "tests/live/django", "--deselect", __file__)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout
