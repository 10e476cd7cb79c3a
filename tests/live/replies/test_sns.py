"""Messages of Amazon SNS: believed with a certificate from where Amazon keeps its own, and only then."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from columba_consumers.bounces.posted.amazon import MOST_OCTETS, Amazon
from columba_consumers.bounces.posted.certificates import KEPT_SECONDS, MOST_A_MINUTE, Certificates
from columba_consumers.bounces.posted.sns import OLDEST, Sns
from columba_consumers.posting.post import Forged, Nonsense, NotNow, Post

from tests.posted import sns
from tests.posted.region import Answer, Region, region
from tests.services.certificates import Authority

HERE = re.compile(r"127\.0\.0\.1:\d+")
NOW = datetime.now(UTC)
CONFIRMED: Answer = (200, {}, b"<ConfirmSubscriptionResponse/>")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def here(authority: Authority) -> Iterator[Region]:
    """A region's server, with a certificate that signs and one that has run out."""
    answers = {
        sns.CERTIFICATE: (200, {}, sns.signer().certificate),
        "/SimpleNotificationService-old.pem": (200, {}, sns.signer(expired=True).certificate),
        "/SimpleNotificationService-moved.pem": (302, {"Location": sns.CERTIFICATE}, b""),
        "/SimpleNotificationService-large.pem": (200, {}, sns.signer().certificate + b"\n" * MOST_OCTETS),
        "/SimpleNotificationService-page.pem": (200, {}, b"<html>"),
        "/another.pem": (200, {}, sns.signer().certificate),
        "/?": CONFIRMED,
    }
    with region(answers, authority.server()) as made:
        yield made


def amazon(authority: Authority) -> Amazon:
    return Amazon(places=HERE, trust=authority.client())


def taken(authority: Authority, body: bytes, *, at: datetime = NOW) -> str | None:
    return Sns([sns.TOPIC], amazon(authority)).message(Post(headers={}, body=body, at=at))


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [None, "Amazon SES Email Event Notification"])
def test_what_is_signed_is_believed(authority: Authority, here: Region, version: str, subject: str | None) -> None:
    message = sns.notification("héllo\n", NOW, place=here.place, version=version, subject=subject)
    assert taken(authority, sns.signer().signed(message)) == "héllo\n"


@pytest.mark.parametrize("field", ["Message", "MessageId", "Timestamp", "Subject"])
def test_what_was_altered_is_refused(authority: Authority, here: Region, field: str) -> None:
    message = sns.notification("hello", NOW, place=here.place, subject="x")
    body = sns.signer().signed(message)
    altered = message[field].replace("0Z", "1Z") if field == "Timestamp" else f"{message[field]}!"
    with pytest.raises(Forged, match="signature is wrong"):
        taken(authority, body.replace(f'"{message[field]}"'.encode(), f'"{altered}"'.encode()))


def test_a_signature_that_is_said_to_be_of_the_other_version_is_refused(authority: Authority, here: Region) -> None:
    body = sns.signer().signed(sns.notification("hello", NOW, place=here.place))
    with pytest.raises(Forged, match="signature is wrong"):
        taken(authority, body.replace(b'"SignatureVersion": "2"', b'"SignatureVersion": "1"'))


@pytest.mark.parametrize("off", [OLDEST + timedelta(minutes=1), timedelta(minutes=-6)])
def test_what_is_old_is_refused_and_what_is_from_the_future(authority: Authority, here: Region, off: timedelta) -> None:
    body = sns.signer().signed(sns.notification("hello", NOW - off, place=here.place))
    with pytest.raises(Forged, match="too old"):
        taken(authority, body)
    assert here.asked == []


def test_another_topic_is_refused_before_anybody_is_asked(authority: Authority, here: Region) -> None:
    message = sns.notification("hello", NOW, place=here.place) | {"TopicArn": f"{sns.TOPIC}2"}
    with pytest.raises(Forged, match="COLUMBA_WEBHOOK_SES_TOPICS"):
        taken(authority, sns.signer().signed(message))
    assert here.asked == []


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://{place}/SimpleNotificationService-0.pem",
        "https://169.254.169.254/SimpleNotificationService-0.pem",
        "https://user@{place}/SimpleNotificationService-0.pem",
        "https://{place}/another.pem",
        "https://{place}/../SimpleNotificationService-0.pem",
        "https://{place}/SimpleNotificationService-0.pem?x",
        "https://{place}.example.com/SimpleNotificationService-0.pem",
        "https://[::1/SimpleNotificationService-0.pem",
    ],
)
def test_a_certificate_that_is_elsewhere_is_not_asked_for(authority: Authority, here: Region, link: str) -> None:
    message = sns.notification("hello", NOW, place=here.place)
    message |= {"SigningCertURL": link.format(place=here.place)}
    with pytest.raises(Forged):
        taken(authority, sns.signer().signed(message))
    assert here.asked == []


@pytest.mark.parametrize(
    ("link", "allowed"),
    [
        ("https://sns.eu-west-1.amazonaws.com/x.pem", True),
        ("https://sns.us-gov-west-1.amazonaws.com/x.pem", True),
        ("https://sns.eu-west-1.amazonaws.com:443/x.pem", False),
        ("https://sns.eu-west-1.amazonaws.com@127.0.0.1/x.pem", False),
        ("https://sns.eu.west.amazonaws.com/x.pem", False),
        ("https://sns.eu-west-1.amazonaws.com.example.com/x.pem", False),
        ("https://bucket.s3.amazonaws.com/x.pem", False),
        ("https://xsns.eu-west-1.amazonaws.com/x.pem", False),
        ("https://sns.eu-west-1xamazonaws.com/x.pem", False),
        ("http://sns.eu-west-1.amazonaws.com/x.pem", False),
        ("https://sns.eu-west-1.amazonaws.com\n/x.pem", False),
        ("https://sns.eu-west-1.amazonaws.com/x.pem x", False),
        ("file:///x.pem", False),
    ],
)
def test_unless_told_otherwise_only_amazon_is_asked(link: str, allowed: bool) -> None:  # noqa: FBT001 - a parameter
    if allowed:
        assert Amazon().path(link) == "/x.pem"
        return
    with pytest.raises(Forged):
        Amazon().path(link)


@pytest.mark.parametrize("name", ["moved", "large", "missing"])
def test_no_redirect_is_followed_and_no_large_answer_read(authority: Authority, here: Region, name: str) -> None:
    link = f"https://{here.place}/SimpleNotificationService-{name}.pem"
    with pytest.raises(NotNow, match="answers"):
        Certificates(amazon(authority)).key(link, NOW)
    assert here.asked == [f"/SimpleNotificationService-{name}.pem"]


@pytest.mark.parametrize(("name", "wrong"), [("page", "leads to no certificate"), ("old", "has run out")])
def test_what_is_no_certificate_or_an_old_one_is_refused(
    authority: Authority, here: Region, name: str, wrong: str
) -> None:
    with pytest.raises(Forged, match=wrong):
        Certificates(amazon(authority)).key(f"https://{here.place}/SimpleNotificationService-{name}.pem", NOW)


def test_a_server_that_is_not_who_it_says_is_not_believed(authority: Authority, here: Region, tmp_path: Path) -> None:
    strangers = Amazon(places=HERE, trust=Authority.create(tmp_path, "Another authority").client())
    body = sns.signer().signed(sns.notification("hello", NOW, place=here.place))
    with pytest.raises(NotNow, match="SSLCertVerificationError"):
        Sns([sns.TOPIC], strangers).message(Post(headers={}, body=body, at=NOW))
    assert here.asked == []
    assert taken(authority, body) == "hello"


def test_a_server_that_is_away_means_not_now(authority: Authority, here: Region) -> None:
    message = sns.notification("hello", NOW, place="127.0.0.1:1")
    with pytest.raises(NotNow, match="ConnectionRefusedError"):
        taken(authority, sns.signer().signed(message))
    assert here.asked == []


def test_a_certificate_is_kept_for_a_day(authority: Authority, here: Region) -> None:
    seconds = 1000.0
    certificates = Certificates(amazon(authority), monotonic=lambda: seconds)
    link = f"https://{here.place}{sns.CERTIFICATE}"
    for passed, asked in ((0, 1), (KEPT_SECONDS - 1, 1), (1, 2), (1, 2)):
        seconds += passed
        certificates.key(link, NOW)
        assert len(here.asked) == asked


def test_strangers_cannot_make_us_ask_without_end(authority: Authority, here: Region) -> None:
    seconds = 1000.0
    certificates = Certificates(amazon(authority), monotonic=lambda: seconds)
    for number in range(2 * MOST_A_MINUTE):
        with pytest.raises(NotNow):
            certificates.key(f"https://{here.place}/SimpleNotificationService-{number}.pem", NOW)
    assert len(here.asked) == MOST_A_MINUTE
    seconds += 61
    certificates.key(f"https://{here.place}{sns.CERTIFICATE}", NOW)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_subscription_is_confirmed_by_visiting_its_link(authority: Authority, here: Region, version: str) -> None:
    message = sns.confirmation(NOW, place=here.place, version=version)
    assert taken(authority, sns.signer().signed(message)) is None
    assert here.asked == [sns.CERTIFICATE, message["SubscribeURL"].removeprefix(f"https://{here.place}")]


@pytest.mark.parametrize(
    "link",
    [
        "https://127.0.0.1/?Action=ConfirmSubscription&TopicArn={topic}",
        "https://{place}/?Action=DeleteTopic&TopicArn={topic}",
        "https://{place}/?Action=ConfirmSubscription&TopicArn={topic}2",
        "https://{place}/?Action=ConfirmSubscription&TopicArn={topic}&TopicArn=x",
        "http://{place}/?Action=ConfirmSubscription&TopicArn={topic}",
    ],
)
def test_no_other_link_is_visited(authority: Authority, here: Region, link: str) -> None:
    message = sns.confirmation(NOW, place=here.place, link=link.format(place=here.place, topic=sns.TOPIC))
    with pytest.raises(Forged):
        taken(authority, sns.signer().signed(message))
    assert here.asked == [sns.CERTIFICATE]


def test_a_forged_confirmation_visits_nothing(authority: Authority, here: Region) -> None:
    stranger = replace(sns.signer(), key=sns.signer(expired=True).key)
    with pytest.raises(Forged, match="signature is wrong"):
        taken(authority, stranger.signed(sns.confirmation(NOW, place=here.place)))
    assert here.asked == [sns.CERTIFICATE]


def test_the_end_of_a_subscription_changes_nothing(authority: Authority, here: Region) -> None:
    message = sns.confirmation(NOW, place=here.place) | {"Type": "UnsubscribeConfirmation"}
    assert taken(authority, sns.signer().signed(message)) is None
    assert here.asked == [sns.CERTIFICATE]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"Type": "Received"}', b'{"notificationType": "Bounce"}'])
def test_what_is_no_message_is_nonsense(authority: Authority, body: bytes) -> None:
    with pytest.raises(Nonsense):
        taken(authority, body)
