"""The headers beside an event."""

from datetime import UTC, datetime

import pytest
from columba_shared.envelope import ATTEMPTS, CLAIM, DUE, REVISION, Envelope
from columba_shared.errors import Malformed

WHOLE = Envelope(
    claim=3,
    attempts=2,
    revision=1,
    due_at=datetime(2026, 11, 21, 10, 0, 0, 500_000, tzinfo=UTC),
    suspect=True,
    reason="crash",
    trace={"traceparent": "00-abc-def-01"},
)


def test_an_envelope_comes_back_as_it_was_sent() -> None:
    assert Envelope.from_headers(WHOLE.headers()) == WHOLE


def test_a_message_without_headers_is_a_first_copy() -> None:
    assert Envelope.from_headers(None) == Envelope() == Envelope.from_headers({})


def test_the_brokers_own_headers_are_never_passed_on() -> None:
    received = WHOLE.headers() | {"x-death": [{"count": 1}], "x-first-death-queue": "q", "x-last-death-queue": "q"}
    assert not [name for name in Envelope.from_headers(received).headers() if name.startswith("x-")]


@pytest.mark.parametrize("name", [CLAIM, ATTEMPTS, REVISION, DUE])
@pytest.mark.parametrize("value", ["1", -1, True, 1.5, [1]])
def test_a_number_that_is_none_is_malformed(name: str, value: object) -> None:
    with pytest.raises(Malformed, match=name):
        Envelope.from_headers({name: value})


def test_a_moment_beyond_the_calendar_is_malformed() -> None:
    with pytest.raises(Malformed, match=DUE):
        Envelope.from_headers({DUE: 2**62})
