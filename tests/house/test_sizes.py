"""One noun per file, and functions that fit on a screen."""

from pathlib import Path

from tests.house.exceptions import EXCEPTIONS
from tests.house.sizes import FILE_LIMIT, FUNCTION_LIMIT, complaints, too_long
from tests.house.tree import PROJECT, python_files

HERE = Path("a.py")


def test_every_file_and_function_of_this_tree_is_short_or_excepted_with_a_reason() -> None:
    found = [name for path in python_files() for name in too_long(path, (PROJECT / path).read_text())]
    assert complaints(found, EXCEPTIONS) == []


def test_a_file_over_the_limit_is_found() -> None:
    assert list(too_long(HERE, "x = 1\n" * FILE_LIMIT)) == []
    assert list(too_long(HERE, "x = 1\n" * (FILE_LIMIT + 1))) == ["a.py"]


def test_a_function_over_the_limit_is_found_wherever_it_hides() -> None:
    inner = "            x = 1\n" * (FUNCTION_LIMIT - 1)
    text = f"class A:\n    if True:\n        async def f(self):\n{inner}"
    assert list(too_long(HERE, text)) == []
    assert list(too_long(HERE, f"{text}            x = 1\n")) == ["a.py::A.f"]


def test_an_exception_silences_what_it_names() -> None:
    assert complaints(["a.py"], {"a.py": "a table"}) == []


def test_an_exception_that_is_no_longer_needed_is_a_complaint() -> None:
    assert complaints([], {"a.py": "a table"}) == ["a.py is an exception that is no longer needed"]


def test_an_exception_without_a_reason_is_a_complaint() -> None:
    assert complaints(["a.py"], {"a.py": " "}) == ["a.py is an exception without a reason"]
