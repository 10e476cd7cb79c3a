"""What becomes of a mail's HTML before it goes: its styles in the elements, and a text beside it."""

import time

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.raw_email import RawEmail
from columba_consumers.rendering.email_parts import finish, is_finished
from columba_consumers.rendering.html import styles
from columba_consumers.rendering.html.styles import has_styles, inlined


def test_rules_go_into_the_elements_and_media_queries_stay() -> None:
    sheet = "p { color: red } @media (max-width: 400px) { p { color: blue } }"
    html = inlined(f"<html><head><style>{sheet}</style></head><body><p>x</p></body></html>")
    assert '<p style="color: red;">x</p>' in html
    assert "@media (max-width: 400px)" in html
    assert "p { color: red }" not in html


def test_what_is_marked_to_be_kept_is_kept() -> None:
    assert "a:hover" in inlined('<style data-css-inline="keep">a:hover { color: red }</style><p>x</p>')


@pytest.mark.parametrize("href", ["http://127.0.0.1:1/x.css", "/etc/passwd", "file:///etc/passwd", "x.css"])
def test_no_style_sheet_is_fetched_from_anywhere(href: str) -> None:
    html = f'<html><head><link rel="stylesheet" href="{href}"><style>p {{ color: red }}</style></head><p>x</p></html>'
    assert '<p style="color: red;">x</p>' in inlined(html)


def test_html_that_is_nested_absurdly_deep_stays_as_it_is() -> None:
    html = "<style>b { color: red }</style>" + "<b>" * 100_000
    assert inlined(html) == html


def test_closing_what_was_never_opened_takes_no_depth_back() -> None:
    html = "<style>b { color: red }</style>" + "<b></i>" * 100_000
    assert inlined(html) == html


def test_a_long_flat_mail_is_not_deep() -> None:
    html = "<style>td { color: red }</style><table>" + "<tr><td>x</td></tr>" * 5000 + "</table>"
    assert inlined(html).count('style="color: red;"') == 5000


def test_without_the_library_html_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(styles, "_inliner", lambda: None)
    html = "<style>p { color: red }</style><p>x</p>"
    assert inlined(html) == html


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>x</p>", False),
        ("<STYLE>p{}</STYLE>", True),
        ('<style type="text/css">p{}</style>', True),
        ('<style data-css-inline="ignore" type="text/css">p{}</style>', False),
        ("<style>p{}", False),
    ],
)
def test_only_html_with_a_style_sheet_needs_any_of_this(html: str, *, expected: bool) -> None:
    assert has_styles(html) is expected


def test_style_sheets_without_an_end_are_looked_through_in_no_time() -> None:
    begun = time.thread_time()
    assert not has_styles('<style data-css-inline="ignore" ' * 20_000 + "</style")
    assert time.thread_time() - begun < 0.5


@pytest.mark.parametrize(
    "mail",
    [
        EmailMessage(subject="s", text="t"),
        EmailMessage(subject="s", text="t", html="<p>x</p>"),
        RawEmail(content=b"Subject: s\r\n\r\nx\r\n"),
    ],
)
def test_a_plain_mail_is_finished_as_it_is(mail: EmailMessage | RawEmail) -> None:
    assert is_finished(mail)
    assert finish(mail) == mail


def test_html_alone_gets_a_text_and_a_text_of_its_own_stays() -> None:
    alone = EmailMessage(subject="s", html="<style>p { color: red }</style><p>Hello</p>", reply_to="a@example.org")
    assert not is_finished(alone)
    made = finish(alone)
    assert isinstance(made, EmailMessage)
    assert (made.text, made.reply_to) == ("Hello\n", "a@example.org")
    assert '<p style="color: red;">' in (made.html or "")
    own = finish(EmailMessage(subject="s", text="mine", html="<p>Hello</p>"))
    assert isinstance(own, EmailMessage)
    assert own.text == "mine"
