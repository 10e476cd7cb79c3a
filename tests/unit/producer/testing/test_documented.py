"""What the documentation says of tests runs as it stands: each block is the file that its first line names."""

import re
from pathlib import Path
from typing import Final

import pytest

pytest_plugins = ["pytester"]

_DOCS: Final = Path(__file__).parents[4] / "docs"
_BLOCK: Final = re.compile(r"^```python\n# (\w+\.py)\b.*\n((?:.*\n)*?)```$", re.MULTILINE)


@pytest.mark.parametrize(("page", "tests"), [("testing", 4), ("flask", 1), ("fastapi", 1)])
def test_the_examples_of_tests_run_as_they_are(
    page: str, tests: int, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(pytester.path)
    for name, code in _BLOCK.findall((_DOCS / f"{page}.md").read_text()):
        (pytester.path / name).write_text(code)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")  # as pytest-asyncio asks for
    ran = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    ran.assert_outcomes(passed=tests)
