"""Failures that are alike have one cause; a server's codes tell them apart."""

import pytest
from columba_shared.log.causes import cause_of, likeness
from columba_shared.state import State


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("550 5.1.1 <bob@example.com>: no such user", "550 5.1.1 <alice@example.org>: no such user"),
        ("451 4.7.1 queued as 4fA99 try later", "451 4.7.1 queued as B7741 try later"),
        ("gave up after 8 attempts: 450 mailbox busy", "gave up after 3 attempts: 450 mailbox busy"),
        ("451 4.7.1 greylisted, come back in 461 s", "451 4.7.1 greylisted, come back in 20 s"),
        ("UndefinedError: 'customer' is undefined", "UndefinedError: 'order' is undefined"),
        ("cannot reach 10.0.0.1:2525", "cannot reach 10.0.0.2:25"),
    ],
)
def test_what_differs_from_one_delivery_to_the_next_makes_no_other_cause(one: str, other: str) -> None:
    assert cause_of(State.DEAD, one) == cause_of(State.DEAD, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("550 5.1.1 no such user", "550 5.7.1 no such user"),
        ("550 refused", "552 refused"),
        ("mailbox full", "mailbox unknown"),
        ("HTTP 503 from the gateway", "HTTP 404 from the gateway"),
        ("gave up after 8 attempts: 450 busy", "gave up after 8 attempts: 451 busy"),
        ("the server said 550 5.1.1 no", "the server said 550 5.7.1 no"),
    ],
)
def test_codes_and_words_tell_causes_apart(one: str, other: str) -> None:
    assert cause_of(State.DEAD, one) != cause_of(State.DEAD, other)


def test_what_is_not_dead_or_in_doubt_has_no_cause() -> None:
    caused = {state for state in State if cause_of(state, "why") is not None}
    assert caused == {State.DEAD, State.IN_DOUBT}


def test_a_likeness_is_fit_to_be_read() -> None:
    assert likeness("550 5.1.1 <bob@example.com>: no such user (id 4fA99)") == "550 5.1.1 …: no such user (id …)"
