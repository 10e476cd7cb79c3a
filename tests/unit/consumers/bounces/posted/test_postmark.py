"""Postmark's webhooks: what each event comes to, and which requests are refused."""

import base64

import pytest
from columba_consumers.bounces.posted.postmark import Postmark
from columba_consumers.bounces.tracing import Belief
from columba_consumers.posting.post import Forged, Nonsense
from columba_shared.log.bounce import Finding

from tests.posted import postmark
from tests.unit.consumers.bounces.posted.judged import DELIVERY, TO, findings, post

ID = DELIVERY.hex


def take(event: postmark.Event) -> list[tuple[Belief, list[Finding]]]:
    return findings(Postmark([postmark.SECRET]), post(*postmark.posted(event)))


@pytest.mark.parametrize(
    ("event", "finding"),
    [
        (postmark.bounced(TO, ID), Finding.HARD),
        (postmark.bounced(TO, ID, details="Test bounce details"), Finding.HARD),
        (postmark.bounced(TO, ID, details="smtp;550 5.7.1 blocked"), Finding.REFUSED),
        (postmark.bounced(TO, ID, kind="BadEmailAddress", details=""), Finding.HARD),
        (postmark.bounced(TO, ID, kind="SoftBounce", details="smtp;552 5.2.2 over quota"), Finding.SOFT),
        (postmark.bounced(TO, ID, kind="SoftBounce"), Finding.SOFT),
        (postmark.bounced(TO, ID, kind="Transient", details="smtp;450 4.2.1 busy"), Finding.DELAYED),
        (postmark.bounced(TO, ID, kind="DnsError", details=""), Finding.DELAYED),
        (postmark.bounced(TO, ID, kind="Blocked"), Finding.REFUSED),
        (postmark.bounced(TO, ID, kind="SpamNotification"), Finding.REFUSED),
        (postmark.bounced(TO, ID, kind="SpamComplaint"), Finding.COMPLAINT),
        (postmark.complained(TO, ID), Finding.COMPLAINT),
    ],
)
def test_an_event_about_a_mail_is_understood(event: postmark.Event, finding: Finding) -> None:
    assert take(event) == [(Belief.VOUCHED, [finding])]


@pytest.mark.parametrize("kind", ["AutoResponder", "AddressChange", "Unsubscribe", "ChallengeVerification", "New"])
def test_a_bounce_that_is_a_reply_is_passed_over(kind: str) -> None:
    assert take(postmark.bounced(TO, ID, kind=kind)) == []


@pytest.mark.parametrize("kind", ["Delivery", "Open", "Click", "SubscriptionChange", "Inbound"])
def test_any_other_event_is_passed_over(kind: str) -> None:
    assert take(postmark.other(kind, TO, ID)) == []


def test_the_name_of_the_mark_may_come_back_in_other_letters() -> None:
    event = postmark.bounced(TO, "") | {"Metadata": {"Columba": ID}}
    assert take(event) == [(Belief.VOUCHED, [Finding.HARD])]


@pytest.mark.parametrize("metadata", [None, [], "x", {}, {"columba": ["x"]}, {"columba": f"<{ID}@>"}, {"another": ID}])
def test_an_event_without_the_mark_names_no_mail(metadata: object) -> None:
    assert take(postmark.bounced(TO, "") | {"Metadata": metadata}) == [(Belief.UNNAMED, [])]


def test_an_event_about_another_address_is_not_followed() -> None:
    assert take(postmark.bounced("bob@example.org", ID)) == [(Belief.ANOTHER, [])]


def test_any_of_several_secrets_is_known() -> None:
    assert Postmark(["n" * 32, postmark.SECRET]).reports(post(*postmark.posted(postmark.bounced(TO, ID))))


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "Basic",
        "Basic ===",
        "Basic é",
        f"Bearer {postmark.SECRET}",
        f"Basic {base64.b64encode(postmark.SECRET.encode()).decode()}",
        f"Basic {base64.b64encode(b'columba:').decode()}",
        f"Basic {base64.b64encode(f'columba:{postmark.SECRET[:-1]}'.encode()).decode()}",
        f"Basic {base64.b64encode(f'columba:{postmark.SECRET}x'.encode()).decode()}",
    ],
)
def test_a_wrong_password_is_refused(shown: str) -> None:
    body, _ = postmark.posted(postmark.bounced(TO, ID))
    with pytest.raises(Forged, match="secret is missing or wrong"):
        Postmark([postmark.SECRET]).reports(post(body, {"Authorization": shown}))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'"x"', b'{"RecordType": 7.5}'])
def test_nonsense_is_refused(body: bytes) -> None:
    _, headers = postmark.posted({})
    with pytest.raises(Nonsense):
        Postmark([postmark.SECRET]).reports(post(body, headers))
