"""Where bounces go: signed for each mail, known again however mail servers write it, and made by nobody else."""

from uuid import UUID

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import InvalidMessage
from columba_consumers.raw_email import RawEmail
from columba_consumers.targets.email import EmailTarget
from columba_consumers.targets.email.addresses import Mailbox
from columba_consumers.targets.email.return_path import Origin, ReturnPath
from columba_consumers.targets.email.settings import EmailSettings
from columba_consumers.targets.target import DeliveryRef
from hypothesis import given
from hypothesis.strategies import text

ID = UUID("abcdef01-2345-8789-abcd-ef0123456789")
OLD, NEW = "o" * 32, "n" * 32
PATH = ReturnPath("bounces@example.com", [NEW, OLD])
RAW = b"From: a@example.com\r\nMessage-ID: <1@example.com>\r\n\r\nHi\r\n"


def envelope_sender(message: object, path: ReturnPath | None = PATH, *, sink: Mailbox | None = None) -> str:
    settings = EmailSettings(
        sender=Mailbox(address="news@example.com"),
        message_id_domain="example.com",
        return_path=path,
        sink=sink,
    )
    ref = DeliveryRef(id=ID, event_id=ID, kind="a.b", address="ann@example.org", name=None, attempt=1)
    return EmailTarget(settings).compose(message, ref)[0].sender


@pytest.mark.parametrize("alone", [True, False])
def test_what_was_signed_is_known_again(alone: object) -> None:
    address = PATH.of(ID, alone=bool(alone))
    for written in (address, address.upper(), f"Return-Path: <{address}>", f"x{address}x"):
        assert list(PATH.origins(written)) == [Origin(delivery_id=ID, alone=bool(alone))]


def test_it_fits_where_mail_servers_take_64_characters() -> None:
    assert len(ReturnPath("b" * 23 + "@example.com", [NEW]).of(ID, alone=True).partition("@")[0]) == 64


def test_what_an_old_key_has_signed_is_known_as_long_as_it_is_kept() -> None:
    address = ReturnPath("bounces@example.com", [OLD]).of(ID, alone=True)
    assert list(PATH.origins(address))
    assert not list(ReturnPath("bounces@example.com", [NEW]).origins(address))


def test_changing_any_character_makes_it_a_forgery() -> None:
    address = PATH.of(ID, alone=True)
    start, end = address.index("+") + 1, address.index("@")
    for place in range(start, end):
        other = "a" if address[place] != "a" else "b"
        assert not list(PATH.origins(f"{address[:place]}{other}{address[place + 1 :]}"))


@given(text())
def test_in_whatever_else_is_written_nothing_is_found(written: str) -> None:
    assert not list(PATH.origins(f"+{written}@ {written} +{written:a<40.40}@x"))


def test_bounces_of_a_mail_go_where_they_are_known_again() -> None:
    [origin] = PATH.origins(envelope_sender(EmailMessage(subject="x", text="y")))
    assert origin == Origin(delivery_id=ID, alone=True)


def test_a_mail_with_copies_or_to_a_sink_is_not_its_recipients_alone() -> None:
    copied = EmailMessage(subject="x", text="y", bcc=("eve@example.org",))
    into_sink = envelope_sender(EmailMessage(subject="x", text="y"), sink=Mailbox(address="sink@example.com"))
    for sender in (envelope_sender(copied), into_sink):
        assert [each.alone for each in PATH.origins(sender)] == [False]


def test_without_keys_the_address_is_used_as_it_is() -> None:
    path = ReturnPath("bounces@example.com")
    assert envelope_sender(EmailMessage(subject="x", text="y"), path) == "bounces@example.com"


def test_a_finished_mail_has_the_senders_that_the_app_says_or_the_signed_one() -> None:
    assert envelope_sender(RawEmail(content=RAW, sender="own@example.com")) == "own@example.com"
    assert envelope_sender(RawEmail(content=RAW), None) == "a@example.com"
    assert list(PATH.origins(envelope_sender(RawEmail(content=RAW))))


def test_a_finished_mail_is_checked_wherever_its_bounces_go() -> None:
    with pytest.raises(InvalidMessage):
        envelope_sender(RawEmail(content=RAW.replace(b"\r\n", b"\n")))
