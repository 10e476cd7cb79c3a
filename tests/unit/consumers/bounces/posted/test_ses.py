"""What Amazon SES tells, whichever of its two ways it is told in."""

import pytest
from columba_consumers.bounces.posted.ses import Ses
from columba_consumers.bounces.tracing import Belief
from columba_consumers.posting.post import Post
from columba_shared.log.bounce import Finding

from tests.posted import ses
from tests.unit.consumers.bounces.posted.judged import DELIVERY, MESSAGE_ID, PATH, TO, findings, post


def published(sent: Post) -> str:
    return sent.body.decode()


def take(event: ses.Event) -> list[tuple[Belief, list[Finding]]]:
    return findings(Ses(published), post(ses.told(event).encode()))


@pytest.mark.parametrize(
    ("event", "finding"),
    [
        (ses.bounced(TO, MESSAGE_ID), Finding.HARD),
        (ses.bounced(TO, MESSAGE_ID, sub="NoEmail", status=""), Finding.HARD),
        (ses.bounced(TO, MESSAGE_ID, sub="Suppressed"), Finding.HARD),
        (ses.bounced(TO, MESSAGE_ID, sub="OnAccountSuppressionList", status=""), Finding.HARD),
        (ses.bounced(TO, MESSAGE_ID, status="5.7.1"), Finding.REFUSED),
        (ses.bounced(TO, MESSAGE_ID, kind="Undetermined", sub="Undetermined", status=""), Finding.SOFT),
        (ses.bounced(TO, MESSAGE_ID, kind="Transient", sub="MailboxFull", status="5.2.2"), Finding.SOFT),
        (ses.bounced(TO, MESSAGE_ID, kind="Transient"), Finding.SOFT),
        (ses.bounced(TO, MESSAGE_ID, kind="Transient", sub="MailboxFull", status=""), Finding.SOFT),
        (ses.bounced(TO, MESSAGE_ID, kind="Transient", sub="ContentRejected", status=""), Finding.REFUSED),
        (ses.complained(TO, MESSAGE_ID), Finding.COMPLAINT),
        (ses.complained(TO, MESSAGE_ID, kind=None), Finding.COMPLAINT),
        (ses.delayed(TO, MESSAGE_ID), Finding.DELAYED),
        (ses.rejected(TO, MESSAGE_ID), Finding.REFUSED),
    ],
)
def test_an_event_about_a_mail_is_understood(event: ses.Event, finding: Finding) -> None:
    assert take(event) == [(Belief.VOUCHED, [finding])]


@pytest.mark.parametrize("kind", ["Send", "Delivery", "Open", "Click", "Rendering Failure", "Subscription", "New"])
def test_any_other_event_is_passed_over(kind: str) -> None:
    assert take(ses.other(kind, TO, MESSAGE_ID)) == []


@pytest.mark.parametrize("kind", ["not-spam", "virus", "auth-failure", "other"])
def test_a_complaint_that_is_none_is_passed_over(kind: str) -> None:
    assert take(ses.complained(TO, MESSAGE_ID, kind=kind)) == []


def test_an_automatic_reply_which_comes_as_a_transient_bounce_without_a_code_is_passed_over() -> None:
    assert take(ses.bounced(TO, MESSAGE_ID, kind="Transient", status="")) == []


def test_a_notification_is_traced_by_the_envelope_sender_that_we_signed() -> None:
    event = ses.as_notification(ses.bounced(TO, MESSAGE_ID, sender=PATH.of(DELIVERY, alone=True)))
    assert take(event) == [(Belief.SIGNED, [Finding.HARD])]


def test_a_notification_without_headers_and_without_a_signature_names_no_mail() -> None:
    assert take(ses.as_notification(ses.bounced(TO, MESSAGE_ID))) == [(Belief.UNNAMED, [])]


def test_of_several_recipients_only_the_one_that_the_mail_was_for_is_judged() -> None:
    event = ses.complained(TO, MESSAGE_ID)
    event["complaint"]["complainedRecipients"].insert(0, {"emailAddress": "bob@example.org"})
    assert take(event) == [(Belief.VOUCHED, [Finding.COMPLAINT])]


def test_what_the_services_say_of_themselves_in_plain_words_is_passed_over() -> None:
    text = b"Successfully validated SNS topic for Amazon SES event publishing."
    assert findings(Ses(published), post(text)) == []


def test_a_post_about_the_topic_itself_says_nothing() -> None:
    assert Ses(lambda _: None).reports(post(b"{}")) == []


@pytest.mark.parametrize("wrong", [None, 7, [], {}, "x", [7]])
@pytest.mark.parametrize("field", ["mail", "bounce"])
def test_a_field_of_another_type_is_as_good_as_none(field: str, wrong: object) -> None:
    take(ses.bounced(TO, MESSAGE_ID) | {field: wrong})
