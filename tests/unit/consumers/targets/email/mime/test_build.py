"""What is built reads back as what was asked for."""

import re
from datetime import datetime, timedelta, timezone
from email.header import decode_header
from email.utils import parsedate_to_datetime

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.email.unsafe import UnsafeBody, UnsafeHeader

from tests.unit.consumers.targets.email.mime.corpus import BODIES, HOSTILE, TEXTS
from tests.unit.consumers.targets.email.mime.parsed import (
    ALWAYS,
    MESSAGE_ID,
    ONE_PART,
    WHEN,
    body,
    built,
    header,
    header_names,
    lines,
    parsed,
    parsed_utf8,
    shown_names,
)


@pytest.mark.parametrize("subject", TEXTS)
def test_a_subject_of_any_language_and_length_reads_back_as_itself(subject: str) -> None:
    assert header(built(EmailMessage(subject=subject, text="x")), "Subject") == subject


@pytest.mark.parametrize("value", TEXTS)
def test_a_custom_header_reads_back_as_itself(value: str) -> None:
    assert header(built(EmailMessage(subject="s", text="x", headers={"X-Note": value})), "X-Note") == value


@pytest.mark.parametrize("name", TEXTS)
def test_a_display_name_reads_back_as_itself_but_for_outer_blanks(name: str) -> None:
    data = built(EmailMessage(subject="s", text="x"), name=name)
    assert shown_names(data, "To") == [(name.strip(), "bob@example.org")]
    assert [each.addr_spec for each in parsed(data)["To"].addresses] == ["bob@example.org"]


@pytest.mark.parametrize("subject", TEXTS)
def test_no_header_line_is_longer_than_servers_take(subject: str) -> None:
    data = built(EmailMessage(subject=subject, text="x", headers={"X-Note": subject}), name=subject)
    assert max(map(len, lines(data))) <= 998


@pytest.mark.parametrize("subject", [text for text in TEXTS if not text.isascii()])
def test_lines_with_encoded_words_keep_to_76_columns(subject: str) -> None:
    data = built(EmailMessage(subject=subject, text="x"), name=subject)
    assert max(len(line) for line in lines(data) if b"=?utf-8?" in line) <= 76


@pytest.mark.parametrize("subject", [text for text in TEXTS if not text.isascii()])
def test_no_character_is_cut_in_two_between_encoded_words(subject: str) -> None:
    for name in ("X", "X-Note", "X-Notes", "X-Noted"):
        data = built(EmailMessage(subject="s", text="x", headers={name: subject}))
        words = re.findall(rb"=\?utf-8\?[bq]\?[^?]*\?=", data)
        decoded = [content.decode() for word in words for content, _ in decode_header(word.decode())]
        assert "".join(decoded) == subject


@pytest.mark.parametrize("text", BODIES)
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_body_of_any_language_and_shape_reads_back_as_itself(text: str, kind: str) -> None:
    message = EmailMessage(subject="s", text=text) if kind == "plain" else EmailMessage(subject="s", html=text)
    assert body(built(message), f"text/{kind}") == _with_line_ends(text)


@pytest.mark.parametrize("text", BODIES)
def test_text_and_html_travel_as_alternatives_the_richer_one_last(text: str) -> None:
    data = built(EmailMessage(subject="s", text=text, html=f"<p>{text}</p>"))
    mail = parsed(data)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert body(data, "text/plain") == _with_line_ends(text)
    assert body(data, "text/html") == _with_line_ends(f"<p>{text}</p>")
    assert not mail.defects


@pytest.mark.parametrize("text", BODIES)
def test_every_body_is_ascii_in_short_lines(text: str) -> None:
    data = built(EmailMessage(subject="s", text=text, html=text))
    assert data.isascii()
    assert max(map(len, lines(data))) <= 998


def test_an_ordinary_ascii_body_is_not_encoded() -> None:
    data = built(EmailMessage(subject="s", text="Hello Bob\n.\nBye\n"))
    assert data.endswith(b"Content-Transfer-Encoding: 7bit\r\n\r\nHello Bob\r\n.\r\nBye\r\n")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("mostly ascii, one ü\n", "quoted-printable"), ("請求書のお知らせ\n", "base64"), ("blank \n", "quoted-printable")],
)
def test_the_shorter_encoding_is_taken(text: str, encoding: str) -> None:
    assert parsed(built(EmailMessage(subject="s", text=text)))["Content-Transfer-Encoding"] == encoding


def test_no_line_of_an_encoded_body_can_be_taken_for_the_start_of_a_mailbox_entry() -> None:
    data = built(EmailMessage(subject="s", text="From a\nFrom b\nü\n"))
    assert not any(line.startswith(b"From ") for line in lines(data))


def test_a_boundary_never_occurs_in_a_body() -> None:
    first = built(EmailMessage(subject="s", text="t", html="h"))
    boundary = parsed(first).get_boundary()
    data = built(EmailMessage(subject="s", text=f"--{boundary}\n", html="h"))
    assert parsed(data).get_boundary() != boundary
    assert body(data, "text/plain") == f"--{boundary}\n"


def test_the_same_mail_is_the_same_bytes() -> None:
    message = EmailMessage(subject="ü", text="t", html="h", headers={"X-A": "1"})
    assert built(message) == built(message)


@pytest.mark.parametrize("zone", [timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
def test_the_date_is_the_moment_whatever_its_zone(zone: timezone) -> None:
    moment = datetime(2027, 1, 1, 0, 30, 59, 999, tzinfo=zone)
    data = built(EmailMessage(subject="s", text="t"))
    assert parsedate_to_datetime(header(data, "Date")) == WHEN
    other = built(EmailMessage(subject="s", text="t"), date=moment)
    assert parsedate_to_datetime(header(other, "Date")) == moment.replace(microsecond=0)


def test_a_plain_mail_has_exactly_the_headers_it_needs() -> None:
    assert header_names(built(EmailMessage(subject="s", text="t"))) == list(ONE_PART)
    assert header_names(built(EmailMessage(subject="s", text="t", html="h"))) == list(ALWAYS)


def test_every_field_of_a_message_becomes_its_header_and_bcc_none() -> None:
    message = EmailMessage(
        subject="s",
        text="t",
        sender="Fräulein Post <post@bücher.example>",
        cc=('"Ann, the First" <ann@example.org>', "cy@example.org"),
        bcc=("hidden@example.org",),
        reply_to="Help <help@example.org>",
        headers={"X-Campaign": "spring", "List-Unsubscribe": "<mailto:u@example.org>"},
    )
    data = built(message, name="Bob")
    mail = parsed(data)
    assert sorted(header_names(data)) == sorted([*ONE_PART, "Cc", "Reply-To", "X-Campaign", "List-Unsubscribe"])
    assert [str(each) for each in mail["From"].addresses] == ["Fräulein Post <post@xn--bcher-kva.example>"]
    assert [str(each) for each in mail["Cc"].addresses] == ['"Ann, the First" <ann@example.org>', "cy@example.org"]
    assert str(mail["Reply-To"]) == "Help <help@example.org>"
    assert mail["Message-ID"] == MESSAGE_ID
    assert b"hidden" not in data


def test_many_copies_are_folded_between_addresses() -> None:
    copies = tuple(f"Somebody Number {number} <somebody.{number}@example.org>" for number in range(80))
    data = built(EmailMessage(subject="s", text="t", cc=copies))
    assert tuple(str(each) for each in parsed(data)["Cc"].addresses) == copies
    assert max(map(len, lines(data))) <= 76


def test_an_address_beyond_ascii_keeps_its_local_part() -> None:
    mail = parsed_utf8(built(EmailMessage(subject="Grüße", text="t"), to="jörg@bücher.example", name="Jörg"))
    assert mail["To"].addresses[0].addr_spec == "jörg@xn--bcher-kva.example"
    assert str(mail["Subject"]) == "Grüße"


def test_a_sinks_mail_names_those_who_would_have_had_it() -> None:
    originals = tuple(f"bob{number}@example.org" for number in range(30))
    data = built(EmailMessage(subject="s", text="t"), original_to=originals)
    assert header(data, "X-Columba-Original-To") == ", ".join(originals)


@pytest.mark.parametrize("value", HOSTILE)
def test_no_subject_becomes_another_header(value: str) -> None:
    with pytest.raises(UnsafeHeader, match=r"^Subject: "):
        built(EmailMessage(subject=value, text="t"))


@pytest.mark.parametrize("value", HOSTILE)
def test_no_custom_header_becomes_another_header(value: str) -> None:
    with pytest.raises(UnsafeHeader, match=r"^X-Note: "):
        built(EmailMessage(subject="s", text="t", headers={"X-Note": value}))


@pytest.mark.parametrize("value", HOSTILE)
def test_no_display_name_becomes_another_header(value: str) -> None:
    with pytest.raises(UnsafeHeader, match=r"^To name: "):
        built(EmailMessage(subject="s", text="t"), name=value)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("form", ["{}", "{}@example.org", "bob@{}", "{} <bob@example.org>", "bob@example.org, {}"])
def test_no_address_becomes_another_header(value: str, form: str) -> None:
    text = form.format(value)
    with pytest.raises(UnsafeHeader):
        built(EmailMessage(subject="s", text="t"), to=text)
    with pytest.raises(UnsafeHeader):
        built(EmailMessage(subject="s", text="t", cc=(text,)))
    with pytest.raises(UnsafeHeader):
        built(EmailMessage(subject="s", text="t", reply_to=text))


@pytest.mark.parametrize(
    "name",
    ["", "X Y", "X:Y", "X\nBcc", "X\r\nBcc", "Ünicode", "X_Y", "x" * 65, "X\x00", "Bcc: evil@example.net\r\nX"],
)
def test_a_header_name_is_letters_digits_and_hyphens(name: str) -> None:
    with pytest.raises(UnsafeHeader):
        built(EmailMessage(subject="s", text="t", headers={name: "v"}))


@pytest.mark.parametrize(
    "name",
    [
        *("From", "TO", "cc", "Bcc", "Sender", "Date", "Message-ID", "Return-Path", "Reply-To", "Subject", "Received"),
        *("DKIM-Signature", "dkim-x", "MIME-Version", "Content-Type", "content-anything", "Resent-To", "X-Columba-A"),
    ],
)
def test_headers_that_are_ours_cannot_be_set_by_hand(name: str) -> None:
    with pytest.raises(UnsafeHeader):
        built(EmailMessage(subject="s", text="t", headers={name: "v"}))


def test_a_header_cannot_be_given_twice_in_two_spellings() -> None:
    with pytest.raises(UnsafeHeader):
        built(EmailMessage(subject="s", text="t", headers={"X-A": "1", "x-a": "2"}))


def test_half_a_character_in_a_body_is_refused() -> None:
    with pytest.raises(UnsafeBody, match=r"^text: "):
        built(EmailMessage(subject="s", text="half \udc80"))
    with pytest.raises(UnsafeBody, match=r"^html: "):
        built(EmailMessage(subject="s", html="half \udc80"))


def test_an_error_never_repeats_the_dangerous_part() -> None:
    with pytest.raises(UnsafeHeader) as caught:
        built(EmailMessage(subject="hi\nBcc: evil@example.net", text="t"))
    assert "evil" not in str(caught.value)


def _with_line_ends(text: str) -> str:
    lines_only = text.replace("\r\n", "\n").replace("\r", "\n")
    return lines_only if not lines_only or lines_only.endswith("\n") else lines_only + "\n"
