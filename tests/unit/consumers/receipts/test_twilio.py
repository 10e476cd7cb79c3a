"""What Twilio posts of an SMS, and that nobody else can."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest
from columba_consumers.posting.post import Forged, Nonsense, Post
from columba_consumers.receipts.twilio import PROVIDER, TwilioReceipts
from columba_consumers.receipts.word import Word
from columba_shared.log.bounce import Finding

from tests.services.twilio_double import TOKEN, status_post

URL: Final = "https://columba.example.com/receipts/twilio"
DELIVERY: Final = UUID("00000000-0000-4000-8000-000000000001")
QUERY: Final = f"delivery={DELIVERY}"
NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
READER: Final = TwilioReceipts(url=URL, tokens=(TOKEN,))


def fields(status: str, code: str = "") -> dict[str, str]:
    """Return what Twilio says of a message."""
    said = {"MessageSid": "SM1", "MessageStatus": status, "To": "+436601234567", "From": "+15005550006", "Body": ""}
    return said | ({"ErrorCode": code} if code else {})


def post_of(said: dict[str, str], *, url: str = f"{URL}?{QUERY}", token: str = TOKEN) -> Post:
    """Return it as it is posted."""
    body, headers = status_post(url, said, token=token)
    return Post(headers={name.lower(): value for name, value in headers.items()}, body=body, at=NOW)


def test_the_signature_is_the_one_that_twilio_documents() -> None:
    """Over the URL and all fields in the order of their names, by HMAC-SHA1 with the Auth Token."""
    url, token = "https://example.com/myapp?foo=1&bar=2", "12345"
    said = {
        "Digits": "1234",
        "To": "+18005551212",
        "From": "+14158675310",
        "Caller": "+14158675310",
        "CallSid": "CA123",
    }
    text = f"{url}CallSidCA123Caller+14158675310Digits1234From+14158675310To+18005551212"
    signature = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    assert status_post(url, said, token=token)[1]["X-Twilio-Signature"] == signature


def test_while_a_token_is_changed_both_prove_that_it_is_twilio() -> None:
    reader = TwilioReceipts(url=URL, tokens=("a-new-one", TOKEN))
    for token in ("a-new-one", TOKEN):
        assert reader.words(post_of(fields("sent"), token=token), QUERY)
    with pytest.raises(Forged):
        reader.words(post_of(fields("sent"), token="another"), QUERY)


@pytest.mark.parametrize("status", ["queued", "sent", "delivered"])
def test_whatever_goes_well_says_that_twilio_has_it(status: str) -> None:
    (word,) = READER.words(post_of(fields(status)), QUERY)
    assert word == Word(delivery_id=DELIVERY, provider=PROVIDER, told=f"{status} SM1")


@pytest.mark.parametrize(
    ("status", "code", "finding"),
    [
        ("undelivered", "30003", Finding.SOFT),
        ("undelivered", "30005", Finding.HARD),
        ("undelivered", "30006", Finding.HARD),
        ("failed", "21610", Finding.HARD),
        ("undelivered", "30007", Finding.REFUSED),
        ("undelivered", "99999", Finding.REFUSED),
        ("failed", "", Finding.REFUSED),
    ],
)
def test_why_it_did_not_arrive_is_understood(status: str, code: str, finding: Finding) -> None:
    (word,) = READER.words(post_of(fields(status, code)), QUERY)
    assert (word.finding, word.code) == (finding, code or None)


def test_what_is_new_to_us_says_nothing() -> None:
    assert READER.words(post_of(fields("teleported")), QUERY) == []


@pytest.mark.parametrize(
    ("post", "query"),
    [
        (post_of(fields("delivered"), token="another"), QUERY),
        (post_of(fields("delivered"), url=URL), QUERY),
        (post_of(fields("delivered")), f"delivery={UUID(int=2)}"),
        (Post(headers={}, body=b"MessageStatus=delivered", at=NOW), QUERY),
        (Post(headers={"x-twilio-signature": "\u00e4"}, body=b"MessageStatus=delivered", at=NOW), QUERY),
    ],
    ids=range(5),
)
def test_what_somebody_else_made_up_is_refused(post: Post, query: str) -> None:
    with pytest.raises(Forged):
        READER.words(post, query)


@pytest.mark.parametrize(("body", "query"), [(b"\xff", QUERY), (b"&&", QUERY), (b"a=1&" * 200, QUERY)], ids=range(3))
def test_what_is_no_form_is_refused(body: bytes, query: str) -> None:
    with pytest.raises(Nonsense):
        READER.words(Post(headers={}, body=body, at=NOW), query)


def test_what_does_not_say_which_delivery_it_is_about_is_refused() -> None:
    with pytest.raises(Nonsense, match="which delivery"):
        READER.words(post_of(fields("delivered"), url=URL), "")
