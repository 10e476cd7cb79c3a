"""A mail that the app has finished travels as it is, and what could not be sent is refused as it is published."""

import re
from datetime import timedelta

import msgspec
import pytest
from columba_consumers.targets.email.finished import sender_of
from columba_producer import Attachment, Contract, EventRequest, Fallback, RawEmail, User
from columba_producer.creation import Creation
from columba_producer.enclosing import Enclosing
from columba_shared.contract.contract import Contract as Written
from columba_shared.enclosure import Enclosure
from columba_shared.errors import InvalidEvent, Malformed
from columba_shared.event import Event, FinishedMail
from columba_shared.wire import decode

CONTENT = b"From: ann@example.com\r\nSubject: Hi\r\n\r\nHello\r\n"
MAIL = RawEmail(content=CONTENT)
_MIB = 1024 * 1024


def published(mail: object = MAIL, **said: object) -> Event:
    """Return the event as a consumer decodes it."""
    contract = Contract(Written(targets=("email",), kinds={}, renderers={}))
    creation = Creation(targets=("email", "sms"), contract=contract, enclosing=Enclosing(most_mib=1))
    request = {"kind": "invoice.mail", "to": "bob@example.com", "mail": mail} | said
    (encoded,) = creation.events(EventRequest.of(request))
    return decode(encoded.body)


def test_it_is_the_events_only_file_and_no_contract_is_asked() -> None:
    event = published()
    (file,) = event.attachments
    assert file == Enclosure(name="mail.eml", media_type="message/rfc822", size=len(CONTENT), content=CONTENT)
    assert event.finished == FinishedMail()


def test_who_gets_bounces_and_the_account_travel_with_it() -> None:
    event = published(RawEmail(content=CONTENT, sender="bounces@example.com", account="news"))
    assert event.finished == FinishedMail(sender="bounces@example.com", account=("news",))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"mail": CONTENT}, "mail: must be a RawEmail, not bytes"),
        ({"to": "+4366012345678", "target": "sms"}, "mail: goes by email, not by sms"),
        ({"attachments": Attachment(name="a", content=b"")}, "attachments: goes with no finished mail"),
        (
            {"to": User("1"), "fallback": Fallback("sms", after=timedelta(minutes=1))},
            "mail: goes by email, not by email, sms",
        ),
        ({"mail": RawEmail(content=b"From: a@example.com\n\nhi\n")}, "mail.content: ends lines with CRLF"),
        (
            {"mail": RawEmail(content=b"Subject: " + b"x" * 999 + b"\r\n\r\n")},
            "mail.content: has a line of more than 998",
        ),
        ({"mail": RawEmail(content=b"Subject: Hi\r\n\r\nHello\r\n")}, "mail.content: has no From with one address"),
        (
            {"mail": RawEmail(content=b"From: webmaster\r\n\r\nHello\r\n")},
            "mail.content: 'webmaster' in its From is no email address",
        ),
        (
            {"mail": RawEmail(content=b"Sender: a@my_host.example\r\nFrom: a@example.com\r\n\r\n")},
            "mail.content: 'a@my_host.example' in its Sender is no email address",
        ),
        ({"mail": RawEmail(content=b"X: y\r\nBCC : eve@example.com\r\n" + CONTENT)}, "mail.content: has a Bcc header"),
        ({"to": "bob@my_host.example"}, "to: is not one plain email address"),
        ({"mail": RawEmail(content=b"\r\nhi\r\n")}, "mail.content: begins with its headers"),
        (
            {"mail": RawEmail(content=b"A: b\r\n\r\n" + b"x\r\n" * _MIB)},
            "of more than the 1 MiB of COLUMBA_ATTACHMENTS_MIB",
        ),
        ({"mail": RawEmail(content="text")}, "mail.content: must be bytes, not str"),  # type: ignore[arg-type]  # that is it
        ({"mail": RawEmail(content=CONTENT, sender="nobody")}, "mail.sender: is not one plain email address"),
        ({"mail": RawEmail(content=CONTENT, account="News!")}, "mail.account: 'News!' is not the name of an account"),
    ],
)
def test_what_could_not_be_sent_is_refused_by_name(said: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidEvent, match=re.escape(problem)):
        published(**said)


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: Hi\r\n Bcc: in a fold\r\nFrom: ann@example.com\r\n\r\nBcc: in the text\r\n",
        b'From: "ann example"@example.com\r\n\r\n',
        b"Sender: ann@example.com\r\nFrom: bob@example.com, cy@example.com\r\n\r\n",
    ],
)
def test_what_its_consumer_can_send_is_taken(content: bytes) -> None:
    event = published(RawEmail(content=content))
    assert sender_of(RawEmail(content=event.attachments[0].content or b"")).domain == "example.com"


def test_who_gets_bounces_is_given_where_the_mail_does_not_say_it() -> None:
    event = published(RawEmail(content=b"Subject: Hi\r\n\r\n", sender="bounces@example.com"))
    assert event.finished == FinishedMail(sender="bounces@example.com")


def test_one_without_its_mail_is_malformed() -> None:
    bare = msgspec.structs.replace(published(), attachments=())
    with pytest.raises(Malformed, match="brings a finished mail: that is its only attachment"):
        decode(msgspec.json.encode(bare))
