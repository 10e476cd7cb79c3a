"""What holds for any text at all."""

from typing import Final

from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.email.unsafe import UnsafeHeader
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.consumers.targets.email.mime.parsed import (
    ALWAYS,
    body,
    built,
    header,
    header_names,
    lines,
    parsed,
    shown_names,
)

# Everything that a header may hold: no controls, no line separators, no halves of characters.
_SHOWN: Final = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300)
_TRICKY: Final = st.lists(
    st.sampled_from(
        ["=?", "?=", "utf-8", "?q?", "?b?", "=0A", "=41", "_", " ", "\n", "\r", "\0", "Bcc: e@x", "ü", "a", ":"]
    ),
    max_size=12,
).map("".join)
_TEXT: Final = st.text(st.characters(codec="utf-8"), max_size=400)


@given(subject=_SHOWN, name=_SHOWN)
@example(subject="=?utf-8?q?a?= =?utf-8?q?b?=", name='\\"')
def test_what_can_be_shown_reads_back_as_itself(subject: str, name: str) -> None:
    try:
        data = built(EmailMessage(subject=subject, text="t"), name=name)
    except UnsafeHeader:
        assert "=?" in subject + name  # an encoded word that hides a control character
        return
    assert header(data, "Subject") == subject
    assert shown_names(data, "To") == [(name.strip(), "bob@example.org")]
    assert max(map(len, lines(data))) <= 998


@given(subject=_TRICKY, name=_TRICKY, value=_TRICKY)
def test_whatever_is_tried_the_mail_has_exactly_the_headers_that_were_meant(
    subject: str, name: str, value: str
) -> None:
    message = EmailMessage(subject=subject, text="t", html="h", headers={"X-Note": value})
    try:
        data = built(message, name=name)
    except UnsafeHeader:
        return
    expected = [*ALWAYS[:5], "X-Note", *ALWAYS[5:]]
    assert header_names(data) == expected
    assert not parsed(data).defects


@given(address=_TRICKY.map(lambda text: f"{text}@example.org") | _TRICKY)
def test_whatever_is_tried_an_address_is_one_address_or_none(address: str) -> None:
    try:
        data = built(EmailMessage(subject="s", text="t"), to=address)
    except UnsafeHeader:
        return
    found = data.split(b"\r\nTo: ", 1)[1].split(b"\r\nSubject: ", 1)[0].decode()
    assert found.count("@") == 1
    assert not any(character.isspace() or character in '",;<>' for character in found)


@given(text=_TEXT, html=_TEXT)
def test_any_body_reads_back_as_itself(text: str, html: str) -> None:
    data = built(EmailMessage(subject="s", text=text, html=html))
    assert max(map(len, lines(data))) <= 998
    for kind, given_text in (("text/plain", text), ("text/html", html)):
        expected = given_text.replace("\r\n", "\n").replace("\r", "\n")
        assert body(data, kind) == (expected if not expected or expected.endswith("\n") else expected + "\n")
