"""What doctor says where the libraries for HTML are not installed."""

from pathlib import Path

import pytest
from columba_consumers.cli.checks.finding import Verdict
from columba_consumers.cli.checks.html import check_html
from columba_shared.settings import Settings


@pytest.fixture
def read(tmp_path: Path) -> Settings:
    """Settings that name a folder with a mail that has styles, and one in MJML."""
    for name, text in (("a/email.html", "<style>p { color: red }</style>"), ("b/email.mjml", "<mjml></mjml>")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    return Settings.from_env({"COLUMBA_TEMPLATES": str(tmp_path), "COLUMBA_ENV_FILE": ""})


def test_where_they_are_there_is_nothing_to_say(read: Settings) -> None:
    assert list(check_html(read)) == []


def test_where_they_lack_each_template_that_needs_one_is_named(read: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("columba_consumers.rendering.html.library.library", lambda _: None)
    found = {each.verdict: each.text for each in check_html(read)}
    assert "b/email.mjml is MJML" in found[Verdict.PROBLEM]
    assert "a/email.html has a <style>" in found[Verdict.NOTE]
