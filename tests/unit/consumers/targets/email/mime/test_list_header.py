"""The headers of lists reach mail programs as they were given, or not at all."""

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.email.mime.list_header import ONE_CLICK
from columba_consumers.targets.email.unsafe import UnsafeHeader

from tests.unit.consumers.targets.email.mime.corpus import HOSTILE
from tests.unit.consumers.targets.email.mime.parsed import built, header, lines

_LONG = "<https://example.com/u?t=" + "x" * 800 + "=?=&a=1>"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("List-Unsubscribe", "<https://example.com/u?t=abc&u=1>, <mailto:u@example.com?subject=off>"),
        ("List-Unsubscribe", _LONG),
        ("List-Id", "<news.example.com>"),
        ("List-Id", 'The "weekly" news <news.example.com>'.replace('"', "'")),
        ("List-ID", '"News, weekly" <news.example.com>'),
        ("List-Post", "NO"),
        ("List-Help", "<https://example.com/help>"),
        ("List-Anything", "later"),
    ],
)
def test_it_reads_back_as_it_was_given(name: str, value: str) -> None:
    assert header(built(EmailMessage(subject="s", text="t", headers={name: value})), name) == value


def test_links_are_folded_between_each_other_and_never_encoded() -> None:
    data = built(EmailMessage(subject="s", text="t", headers={"List-Unsubscribe": f"{_LONG}, {_LONG}"}))
    assert lines(data)[5:7] == [f"List-Unsubscribe: {_LONG},".encode(), f" {_LONG}".encode()]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("List-Unsubscribe", "https://example.com/u"),
        ("List-Unsubscribe", "<https://example.com/a b>"),
        ("List-Unsubscribe", "<https://example.com/ü>"),
        ("List-Unsubscribe", "<https://example.com/u> <https://example.com/v>"),
        ("List-Unsubscribe", ""),
        ("List-Unsubscribe", f"<https://example.com/{'x' * 1000}>"),
        ("List-Id", "news.example.com"),
        ("List-Id", "Grüße <news.example.com>"),
        ("List-Unsubscribe-Post", "yes"),
        ("List-Anything", "später"),
        *(("List-Unsubscribe", value) for value in HOSTILE),
    ],
)
def test_what_no_program_would_understand_is_refused(name: str, value: str) -> None:
    with pytest.raises(UnsafeHeader, match=rf"^{name}: "):
        built(EmailMessage(subject="s", text="t", headers={name: value}))


@pytest.mark.parametrize("unsubscribe", [{}, {"List-Unsubscribe": "<mailto:u@example.com>"}])
def test_one_click_needs_an_https_link(unsubscribe: dict[str, str]) -> None:
    with pytest.raises(UnsafeHeader, match="https"):
        built(EmailMessage(subject="s", text="t", headers={**unsubscribe, "List-Unsubscribe-Post": ONE_CLICK}))
