"""SendGrid's event webhook: what each event comes to, and which requests are refused."""

import base64
from datetime import timedelta

import pytest
from columba_consumers.bounces.posted.sendgrid import OLDEST, SendGrid
from columba_consumers.bounces.tracing import Belief
from columba_consumers.posting.post import Forged, Nonsense
from columba_shared.log.bounce import Finding
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from tests.posted import sendgrid
from tests.unit.consumers.bounces.posted.judged import DELIVERY, MESSAGE_ID, NOW, TO, findings, post


def webhook() -> SendGrid:
    return SendGrid([sendgrid.public()])


def take(*events: sendgrid.Event) -> list[tuple[Belief, list[Finding]]]:
    return findings(webhook(), post(*sendgrid.posted(events, NOW)))


@pytest.mark.parametrize(
    ("event", "finding"),
    [
        (sendgrid.bounced(TO, MESSAGE_ID), Finding.HARD),
        (sendgrid.bounced(TO, MESSAGE_ID, status="", said="unable to get mx info"), Finding.HARD),
        (sendgrid.bounced(TO, MESSAGE_ID, status="5.2.2", said="552 5.2.2 over quota"), Finding.SOFT),
        (sendgrid.bounced(TO, MESSAGE_ID, status="5.7.1", said="550 5.7.1 blocked"), Finding.REFUSED),
        (
            sendgrid.bounced(TO, MESSAGE_ID, status="5.0.0", said="550 no") | {"bounce_classification": "Content"},
            Finding.SOFT,
        ),
        (sendgrid.blocked(TO, MESSAGE_ID), Finding.SOFT),
        (sendgrid.deferred(TO, MESSAGE_ID), Finding.DELAYED),
        (sendgrid.dropped(TO, MESSAGE_ID), Finding.HARD),
        (sendgrid.dropped(TO, MESSAGE_ID, "Invalid"), Finding.HARD),
        (sendgrid.dropped(TO, MESSAGE_ID, "Spam Reporting Address"), Finding.COMPLAINT),
        (sendgrid.dropped(TO, MESSAGE_ID, "Unsubscribed Address"), Finding.REFUSED),
        (sendgrid.complained(TO, columba=DELIVERY.hex), Finding.COMPLAINT),
    ],
)
def test_an_event_about_a_mail_is_understood(event: sendgrid.Event, finding: Finding) -> None:
    assert take(event) == [(Belief.VOUCHED, [finding])]


@pytest.mark.parametrize(
    "name", ["processed", "delivered", "open", "click", "unsubscribe", "group_unsubscribe", "group_resubscribe", "new"]
)
def test_any_other_event_is_passed_over(name: str) -> None:
    assert take(sendgrid.event(name, TO, smtp_id=MESSAGE_ID)) == []


def test_of_a_batch_each_event_is_taken_and_what_is_no_event_is_passed_over() -> None:
    body, headers = sendgrid.posted([sendgrid.deferred(TO, MESSAGE_ID), 7, None, {}, []], NOW)  # type: ignore[list-item]  # the point
    assert findings(webhook(), post(body, headers)) == [(Belief.VOUCHED, [Finding.DELAYED])]


def test_our_own_argument_is_believed_where_the_message_id_is_another() -> None:
    event = sendgrid.bounced(TO, "<14c5d75ce93.dfd.64b469@ismtpd-555>") | {"columba": DELIVERY.hex}
    assert take(event) == [(Belief.VOUCHED, [Finding.HARD])]


def test_an_event_about_another_address_is_not_followed() -> None:
    assert take(sendgrid.bounced("bob@example.org", MESSAGE_ID)) == [(Belief.ANOTHER, [])]


def test_any_of_several_keys_is_known() -> None:
    keys = [sendgrid.public(generate_private_key(SECP256R1())), sendgrid.public()]
    assert SendGrid(keys).reports(post(*sendgrid.posted([sendgrid.deferred(TO, MESSAGE_ID)], NOW)))


def test_a_signature_by_another_key_is_refused() -> None:
    another = generate_private_key(SECP256R1())
    with pytest.raises(Forged, match="signature is wrong"):
        webhook().reports(post(*sendgrid.posted([], NOW, key=another)))


def test_an_altered_body_is_refused() -> None:
    body, headers = sendgrid.posted([sendgrid.bounced(TO, MESSAGE_ID)], NOW)
    with pytest.raises(Forged, match="signature is wrong"):
        webhook().reports(post(body.replace(b"ann@", b"bob@"), headers))


def test_another_time_is_refused() -> None:
    body, headers = sendgrid.posted([], NOW)
    with pytest.raises(Forged, match="signature is wrong"):
        webhook().reports(post(body, headers | {sendgrid.TIMESTAMP: str(int(NOW.timestamp()) + 1)}))


@pytest.mark.parametrize("off", [OLDEST + timedelta(seconds=1), timedelta(minutes=-6)])
def test_an_old_signature_is_refused_and_one_from_the_future(off: timedelta) -> None:
    with pytest.raises(Forged, match="too old"):
        webhook().reports(post(*sendgrid.posted([], NOW - off)))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {sendgrid.SIGNATURE: "", sendgrid.TIMESTAMP: ""},
        {sendgrid.SIGNATURE: "é", sendgrid.TIMESTAMP: "1771000000"},
        {sendgrid.SIGNATURE: "AAAA", sendgrid.TIMESTAMP: "9" * 400},
        {sendgrid.SIGNATURE: base64.b64encode(b"0" * 70).decode(), sendgrid.TIMESTAMP: "1771000000"},
    ],
)
def test_a_signature_that_is_none_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Forged):
        webhook().reports(post(b"[]", headers))


def test_what_is_signed_and_no_list_is_nonsense() -> None:
    with pytest.raises(Nonsense, match="no list of events"):
        webhook().reports(post(*sendgrid.posted({"event": "bounce"}, NOW)))  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize("wrong", [None, 7, [], {}, "x"])
@pytest.mark.parametrize("field", ["email", "event", "status", "reason", "smtp-id", "type"])
def test_a_field_of_another_type_is_as_good_as_none(field: str, wrong: object) -> None:
    take(sendgrid.bounced(TO, MESSAGE_ID) | {field: wrong})
