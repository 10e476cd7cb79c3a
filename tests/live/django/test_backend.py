"""The email backend in a project, as its code calls it."""

import logging
import weakref
from email.message import Message
from typing import Any, ClassVar

import pytest
from columba_producer import OutboxAway
from columba_producer.django import EmailBackend, MailLoop
from columba_shared.errors import InvalidEvent
from columba_shared.event import Lane
from columba_shared.underway import UNDERWAY
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import connection
from django.test import override_settings
from django.utils.log import AdminEmailHandler

from tests.live.django import project
from tests.live.django.conftest import Queued

pytestmark = pytest.mark.usefixtures("sqlite")


def _mail(**given: object) -> EmailMessage:
    return EmailMessage(**{"subject": "Hi", "body": "Hello", "to": ["bob@example.org"]} | given)


def test_a_mail_is_queued_for_all_of_its_recipients_and_names_no_bcc(queued: Queued) -> None:
    message = _mail(cc=["Cy <cy@example.org>"], bcc=["hidden@example.org"], from_email="Ann <ann@example.com>")
    assert message.send() == 1
    (event,) = queued()
    assert [each.address for each in event.to] == ["bob@example.org", "cy@example.org", "hidden@example.org"]
    assert (event.kind, event.target, event.lane) == ("django.mail", "email", Lane.NORMAL)
    assert event.finished is not None
    assert event.finished.sender is None
    (file,) = event.attachments
    assert file.content is not None
    assert b"hidden" not in file.content
    assert message.columba_id == event.id


def test_bounces_go_where_the_envelope_says_if_the_headers_say_otherwise(queued: Queued) -> None:
    _mail(from_email="bounces@example.com", headers={"From": "Ann <ann@example.com>"}).send()
    (event,) = queued()
    assert event.finished is not None
    assert event.finished.sender == "bounces@example.com"


def test_many_are_queued_at_once_and_counted(queued: Queued) -> None:
    backend = EmailBackend()
    mails = [_mail(subject=str(number)) for number in range(250)]
    assert backend.send_messages([*mails, _mail(to=[])]) == 250
    assert [each.columba_id for each in mails] == [event.id for event in queued()]
    assert backend.send_messages([]) == 0
    assert backend.send_messages(None) == 0


def test_nothing_is_queued_of_many_when_one_of_them_is_wrong(queued: Queued) -> None:
    for wrong in (_mail(to=["bob@example.org\nBcc: eve@example.org"]), _mail(to=["nobody"])):
        with pytest.raises(ValueError, match=r"address|newlines|linefeed"):
            EmailBackend().send_messages([_mail(), wrong])
    assert queued() == []


def test_its_message_is_called_once(queued: Queued) -> None:
    class Counted(EmailMessage):
        calls = 0

        def message(self, **policy: object) -> Message:
            self.calls += 1
            made: Message = super().message(**policy)
            return made

    message = Counted("Hi", "Hello", to=["bob@example.org"])
    message.send()
    assert message.calls == 1
    assert len(queued()) == 1


def test_what_is_to_fail_silently_is_not_queued_and_on_record(caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE columba_outbox")
    with pytest.raises(OutboxAway, match="migrate columba"):
        EmailBackend().send_messages([_mail()])
    assert EmailBackend(fail_silently=True).send_messages([_mail(), _mail()]) == 0
    assert "were not queued mails=2" in caplog.text


def test_a_logger_that_mails_what_it_is_told_does_not_go_on_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE columba_outbox")
    handler = AdminEmailHandler()
    logging.getLogger("columba").addHandler(handler)
    try:
        with override_settings(ADMINS=[project.admin("root@example.org")]):
            assert EmailBackend(fail_silently=True).send_messages([_mail()]) == 0
    finally:
        logging.getLogger("columba").removeHandler(handler)
    assert caplog.text.count("were not queued mails=1") == 2


def test_of_many_large_mails_only_one_is_held_at_once() -> None:
    held: list[int] = []

    class Watched(EmailMessage):
        alive: ClassVar[weakref.WeakSet[Message]] = weakref.WeakSet()

        def message(self, **policy: object) -> Message:
            made: Message = super().message(**policy)
            self.alive.add(made)
            held.append(len(self.alive))
            return made

    assert EmailBackend().send_messages([Watched("Hi", "Hello", to=["bob@example.org"]) for _ in range(10)]) == 10
    assert max(held) <= 2


@pytest.mark.parametrize(
    ("given", "lane"),
    [
        ({}, Lane.NORMAL),
        ({"headers": {"X-Priority": "1 (Highest)"}}, Lane.URGENT),
        ({"headers": {"x-priority": "5"}}, Lane.BULK),
        ({"headers": {"Importance": "High"}}, Lane.URGENT),
        ({"headers": {"Precedence": "bulk"}}, Lane.BULK),
        ({"headers": {"X-Priority": "soon"}}, Lane.NORMAL),
    ],
)
def test_a_mails_headers_choose_its_lane(queued: Queued, given: dict[str, Any], lane: Lane) -> None:
    _mail(**given).send()
    (event,) = queued()
    assert event.lane is lane


def test_a_mail_may_say_what_else_holds_for_it(queued: Queued) -> None:
    message = _mail()
    message.columba = {"kind": "invoice.mail", "lane": "urgent", "key": "invoice:42"}
    message.send()
    (event,) = queued()
    assert (event.kind, event.lane, event.key) == ("invoice.mail", Lane.URGENT, "invoice:42")
    message.columba = {"to": "eve@example.org"}
    with pytest.raises(InvalidEvent, match="is what the mail itself says"):
        message.send()


def test_a_mailer_has_a_kind_and_a_lane_of_its_own(queued: Queued) -> None:
    EmailBackend(kind="news.weekly", lane="bulk").send_messages([_mail()])
    (event,) = queued()
    assert (event.kind, event.lane) == ("news.weekly", Lane.BULK)


def test_whoever_delivers_a_mail_cannot_queue_it_again(queued: Queued) -> None:
    _mail().send()
    (event,) = queued()
    token = UNDERWAY.set(event)
    try:
        with pytest.raises(MailLoop, match="is being delivered, and would be queued again"):
            EmailBackend(fail_silently=True).send_messages([_mail()])
    finally:
        UNDERWAY.reset(token)
    assert len(queued()) == 1


def test_the_settings_of_a_project_are_taken_as_it_changes_them(queued: Queued) -> None:
    with override_settings(COLUMBA={"MAIL_KIND": "shop.mail", "PRODUCER": "shop"}):
        assert mail.send_mail("Hi", "Hello", "ann@example.com", ["bob@example.org"]) == 1
    EmailMultiAlternatives("Hi", "Hello", to=["bob@example.org"]).send()
    assert [(each.kind, each.producer) for each in queued()] == [("shop.mail", "shop"), ("django.mail", "")]
