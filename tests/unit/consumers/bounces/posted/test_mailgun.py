"""Mailgun's webhooks: what each event comes to, and which requests are refused."""

import json
from datetime import timedelta

import pytest
from columba_consumers.bounces.posted.mailgun import OLDEST, Mailgun
from columba_consumers.bounces.tracing import Belief
from columba_consumers.posting.post import Forged, Nonsense
from columba_shared.log.bounce import Finding

from tests.posted import mailgun
from tests.unit.consumers.bounces.posted.judged import DELIVERY, MESSAGE_ID, NOW, PATH, TO, findings, post

BARE_ID = MESSAGE_ID.strip("<>")  # as Mailgun writes it


def take(event: mailgun.Event) -> list[tuple[Belief, list[Finding]]]:
    return findings(Mailgun([mailgun.KEY]), post(mailgun.posted(event, NOW)))


@pytest.mark.parametrize(
    ("event", "finding"),
    [
        (mailgun.failed(TO, BARE_ID), Finding.HARD),
        (mailgun.failed(TO, BARE_ID, enhanced="5.2.2", said="over quota"), Finding.SOFT),
        (mailgun.failed(TO, BARE_ID, enhanced="5.7.1", said="blocked"), Finding.REFUSED),
        (mailgun.failed(TO, BARE_ID, enhanced="", said="no"), Finding.SOFT),
        (mailgun.delayed(TO, BARE_ID), Finding.DELAYED),
        (mailgun.too_old(TO, BARE_ID), Finding.SOFT),
        (mailgun.suppressed(TO, BARE_ID), Finding.HARD),
        (mailgun.suppressed(TO, BARE_ID, code=0), Finding.HARD),
        (mailgun.suppressed(TO, BARE_ID, why="complaint", code=607), Finding.COMPLAINT),
        (mailgun.suppressed(TO, BARE_ID, why="unsubscribe", code=606), Finding.REFUSED),
        (mailgun.suppressed(TO, BARE_ID, why="something new"), Finding.HARD),
        (mailgun.complained(TO, BARE_ID), Finding.COMPLAINT),
        (mailgun.rejected(TO, BARE_ID), Finding.REFUSED),
    ],
)
def test_an_event_about_a_mail_is_understood(event: mailgun.Event, finding: Finding) -> None:
    assert take(event) == [(Belief.VOUCHED, [finding])]


@pytest.mark.parametrize("name", ["accepted", "delivered", "opened", "clicked", "unsubscribed", "stored", "new"])
def test_any_other_event_is_passed_over(name: str) -> None:
    assert take(mailgun.other(name, TO, BARE_ID)) == []


def test_an_event_is_traced_by_the_envelope_sender_that_we_signed() -> None:
    event = mailgun.failed(TO, "somebody-elses@example.com")
    event["envelope"]["sender"] = PATH.of(DELIVERY, alone=True)
    assert take(event) == [(Belief.SIGNED, [Finding.HARD])]


def test_what_a_server_said_names_no_mail() -> None:
    event = mailgun.failed(TO, "somebody-elses@example.com", said=f"about {MESSAGE_ID}")
    assert take(event) == [(Belief.UNNAMED, [])]


def test_an_event_about_another_address_is_not_followed() -> None:
    assert take(mailgun.failed("bob@example.org", BARE_ID)) == [(Belief.ANOTHER, [])]


def test_a_code_and_what_was_said_are_kept() -> None:
    (report,) = Mailgun([mailgun.KEY]).reports(post(mailgun.posted(mailgun.failed(TO, BARE_ID), NOW)))
    (verdict,) = report.verdicts
    assert (verdict.status, verdict.said, report.reporter) == ("5.1.1", "5.1.1 no such user", "Mailgun")


def test_any_of_several_keys_is_known() -> None:
    body = mailgun.posted(mailgun.failed(TO, BARE_ID), NOW)
    assert Mailgun(["n" * 32, mailgun.KEY]).reports(post(body))


def test_a_signature_by_another_key_is_refused() -> None:
    body = mailgun.posted(mailgun.failed(TO, BARE_ID), NOW, key="another key")
    with pytest.raises(Forged, match="signature is wrong"):
        Mailgun([mailgun.KEY]).reports(post(body))


@pytest.mark.parametrize("field", ["timestamp", "token", "signature"])
def test_an_altered_signature_is_refused(field: str) -> None:
    body = json.loads(mailgun.posted(mailgun.failed(TO, BARE_ID), NOW))
    body["signature"][field] = body["signature"][field][:-1] + "é"
    with pytest.raises(Forged):
        Mailgun([mailgun.KEY]).reports(post(json.dumps(body).encode()))


@pytest.mark.parametrize("off", [OLDEST + timedelta(seconds=1), timedelta(minutes=-6)])
def test_an_old_signature_is_refused_and_one_from_the_future(off: timedelta) -> None:
    with pytest.raises(Forged, match="too old"):
        Mailgun([mailgun.KEY]).reports(post(mailgun.posted(mailgun.failed(TO, BARE_ID), NOW - off)))


def test_a_token_is_good_for_one_body_however_often_that_comes() -> None:
    webhook = Mailgun([mailgun.KEY])
    body = mailgun.posted(mailgun.failed(TO, BARE_ID), NOW)
    assert [len(webhook.reports(post(body))) for _ in range(2)] == [1, 1]
    with pytest.raises(Forged, match="used for something else"):
        webhook.reports(post(body.replace(TO.encode(), b"bob@example.org")))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"signature": {}}', b"[" * 100_000, b"\xff\xfe", b'{"signature": 7}']
)
def test_nonsense_is_refused(body: bytes) -> None:
    with pytest.raises(Nonsense):
        Mailgun([mailgun.KEY]).reports(post(body))


def test_a_signed_event_without_a_name_is_nonsense() -> None:
    with pytest.raises(Nonsense, match=r"event-data\.event"):
        Mailgun([mailgun.KEY]).reports(post(mailgun.posted({"recipient": TO}, NOW)))


@pytest.mark.parametrize("wrong", [None, 7, [], {}, "x", [{"a": 1}]])
@pytest.mark.parametrize("field", ["recipient", "message", "delivery-status", "envelope", "reason", "severity"])
def test_a_field_of_another_type_is_as_good_as_none(field: str, wrong: object) -> None:
    take(mailgun.failed(TO, BARE_ID) | {field: wrong})
