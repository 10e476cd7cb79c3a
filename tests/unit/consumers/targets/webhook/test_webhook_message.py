"""What a webhook may say."""

import pytest
from columba_consumers import WebhookMessage


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "NaN", '{"a": Infinity}', "[" * 100_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="text: is"):
        WebhookMessage(text=text)


def test_it_says_one_thing() -> None:
    with pytest.raises(ValueError, match="one of the two"):
        WebhookMessage(text="{}", body={})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "a"),
        ("content-length", "3"),
        ("Content-Type", "text/plain"),
        ("Transfer-Encoding", "chunked"),
        ("Webhook-Id", "a"),
        ("X:Y", "a"),
        ("X-A", "a\r\nX-B: b"),
        ("X-A", ""),
        ("X-A", "\u00e4"),
    ],
)
def test_headers_that_could_mean_something_else_are_refused(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="headers: "):
        WebhookMessage(body={}, headers={name: value})


def test_any_other_header_may_go_along() -> None:
    assert WebhookMessage(body=None, headers={"X-Shop": "a b", "Authorization": "Bearer abc"}).headers
