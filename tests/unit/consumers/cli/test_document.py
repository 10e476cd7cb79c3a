"""docs/cli.md is what the commands say of themselves."""

from pathlib import Path

from columba_consumers.cli.document import markdown

PAGE = Path(__file__).parents[4] / "docs" / "cli.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), "run: python -m columba_consumers.cli.document > docs/cli.md"
