"""Tokens: what is signed here is read, until its time is over, and nothing else is."""

from datetime import UTC, datetime

import pytest
from columba_consumers.unsubscribe import BadToken, Expired, Leaving, Tokens
from hypothesis import given
from hypothesis.strategies import binary, text

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
OLD, NEW = "o" * 32, "n" * 32
LEAVING = Leaving(expires=int(NOW.timestamp()) + 1, target="email", category="news", address="bob@example.org")


def test_what_was_signed_is_read_and_is_always_the_same() -> None:
    token = Tokens([NEW]).sign(LEAVING)
    assert Tokens([NEW]).read(token, NOW) == LEAVING
    assert token == Tokens([NEW]).sign(LEAVING)
    assert token.isascii()
    assert token.replace("-", "").replace("_", "").isalnum()


def test_what_an_old_key_has_signed_is_read_as_long_as_it_is_kept() -> None:
    token = Tokens([OLD]).sign(LEAVING)
    assert Tokens([NEW, OLD]).read(token, NOW) == LEAVING
    with pytest.raises(BadToken):
        Tokens([NEW]).read(token, NOW)


def test_once_its_time_is_over_it_is_expired() -> None:
    over = datetime.fromtimestamp(LEAVING.expires, UTC)
    with pytest.raises(Expired):
        Tokens([NEW]).read(Tokens([NEW]).sign(LEAVING), over)


def test_changing_any_character_makes_it_a_forgery() -> None:
    token = Tokens([NEW]).sign(LEAVING)
    for place, letter in enumerate(token):
        forged = f"{token[:place]}{'A' if letter != 'A' else 'B'}{token[place + 1 :]}"
        with pytest.raises(BadToken, match=r"nobody here|no link"):
            Tokens([NEW]).read(forged, NOW)


@given(text() | binary().map(lambda octets: octets.hex()))
def test_whatever_else_is_there_is_no_token(token: str) -> None:
    with pytest.raises(BadToken):
        Tokens([NEW]).read(token, NOW)


@pytest.mark.parametrize("more", ["=", "==", "A", " ", "\n", "%"])
def test_no_two_texts_are_the_same_token(more: str) -> None:
    with pytest.raises(BadToken):
        Tokens([NEW]).read(Tokens([NEW]).sign(LEAVING) + more, NOW)
