"""Digests at publish: what is said of them, and what is refused by name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from columba_producer import Digest, EventRequest, InvalidEvent
from columba_producer.creation import Creation
from columba_shared.attachment import Attachment
from columba_shared.digest import DigestTerms

MINUTE = timedelta(minutes=1)


def terms(digest: object, **more: Any) -> DigestTerms | None:  # noqa: ANN401 - as an app may write it
    request = EventRequest(kind="comment.added", to="bob@example.org", digest=digest, **more)  # type: ignore[arg-type]
    return Creation().events(request)[0].event.digest


def test_what_an_app_says_of_a_digest_travels() -> None:
    assert terms(Digest(window=10 * MINUTE)) == DigestTerms(window_seconds=600)
    assert terms(Digest(at="mon 08:00", most=50), key="post-7") == DigestTerms(at="mon 08:00", most=50)
    assert terms(None) is None


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        ("08:00", "must be a Digest"),
        (Digest(), "either a window or a time"),
        (Digest(window=MINUTE, at="08:00"), "either a window or a time"),
        (Digest(window=600), "its window must be a timedelta"),  # type: ignore[arg-type]
        (Digest(window=timedelta(0)), "longer than 0"),
        (Digest(window=timedelta(days=367)), "at most 366 days"),
        (Digest(at="8:00"), "such as '08:00' or 'mon 08:00'"),
        (Digest(at="monday 08:00"), "such as '08:00' or 'mon 08:00'"),
        (Digest(at=8), "such as '08:00' or 'mon 08:00'"),  # type: ignore[arg-type]
        (Digest(at="08:00", most=0), "from 1 to 1,000"),
        (Digest(at="08:00", most=1001), "from 1 to 1,000"),
        (Digest(at="08:00", most=True), "from 1 to 1,000"),
    ],
)
def test_a_digest_that_is_none_is_refused_with_the_fix(digest: object, said: str) -> None:
    with pytest.raises(InvalidEvent, match=said) as refused:
        terms(digest)
    assert refused.value.field == "digest"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("defer_for", MINUTE),
        ("at", datetime(2030, 1, 1, tzinfo=UTC)),
        ("max_wait", MINUTE),
        ("expires", MINUTE),
        ("hold", True),
        ("attachments", Attachment(name="x.txt", content=b"x")),
    ],
)
def test_what_goes_with_no_digest_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(InvalidEvent) as refused:
        terms(Digest(window=MINUTE), key="post-7", **{field: value})
    assert refused.value.field == field
