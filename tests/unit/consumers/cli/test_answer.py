"""One plain sentence for a delivery in every state."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from columba_consumers.cli.answer import answer, upcoming
from columba_shared.log.pauses import Pause
from columba_shared.log.waiting import Closed
from columba_shared.state import FINAL, State

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A delivery as far as it matters here."""

    state: State
    reason: str | None = None
    due_at: datetime = NOW - timedelta(minutes=1)
    updated_at: datetime = NOW - timedelta(minutes=1)
    attempts: int = 0
    auto: str | None = None


def told(standing: Standing, reply: str | None = None) -> str:
    return answer(standing, reply=reply, now=NOW)


def test_sent_is_a_yes_with_the_providers_words() -> None:
    sent = Standing(state=State.SENT, attempts=1)
    assert told(sent, "250 2.0.0 Ok") == "Yes, it was sent at 2026-11-21 09:59:00 UTC; the provider said: 250 2.0.0 Ok"


def test_retrying_says_why_and_when() -> None:
    retrying = Standing(state=State.RETRYING, reason="451 greylisted", due_at=NOW + timedelta(minutes=4), attempts=2)
    assert told(retrying) == "Not yet: 2 attempts did not work (451 greylisted); the next is due in 4 min"


def test_a_deferred_delivery_says_when_it_is_due() -> None:
    assert told(Standing(state=State.SCHEDULED, due_at=NOW + timedelta(hours=2))) == "Not yet: due in 2 h"


def test_a_due_delivery_waits_in_the_queue() -> None:
    assert told(Standing(state=State.SCHEDULED)) == "Not yet: waiting in the queue since 2026-11-21 09:59:00 UTC"


def test_a_postponed_delivery_says_why() -> None:
    postponed = Standing(state=State.SCHEDULED, due_at=NOW + timedelta(seconds=30), reason="connection refused")
    assert told(postponed) == "Not yet: due in 30 s (connection refused)"


def test_dead_is_a_no_with_the_reason() -> None:
    dead = Standing(state=State.DEAD, reason="550 no such user", attempts=1)
    assert told(dead) == "No, it was given up after 1 attempt: 550 no such user"


def test_a_skipped_delivery_is_a_no_without_a_fault() -> None:
    skipped = Standing(state=State.SKIPPED, reason="the renderer had nothing to say")
    assert told(skipped) == "No, and nothing went wrong: the renderer had nothing to say"


def test_in_doubt_claims_nothing() -> None:
    doubtful = Standing(state=State.IN_DOUBT, reason="cut after the final dot", attempts=1)
    assert told(doubtful).startswith("Nobody knows: ")


@pytest.mark.parametrize("state", [State.CANCELLED, State.SUPERSEDED, State.EXPIRED, State.SUPPRESSED])
def test_a_delivery_that_was_not_made_says_no_by_its_state(state: State) -> None:
    assert told(Standing(state=state, reason="because")) == f"No, it was {state.value}: because"


def test_a_reason_that_names_the_state_is_not_said_twice() -> None:
    superseded = Standing(state=State.SUPERSEDED, reason="superseded by 01a1fda5")
    assert told(superseded) == "No, it was superseded by 01a1fda5"


def test_what_is_held_says_what_follows_by_itself_and_when() -> None:
    held = Standing(state=State.HELD, reason="held by carol", auto="cancel", due_at=NOW + timedelta(hours=1))
    assert told(held) == "Not yet: held until somebody decides, cancelled by itself in 1 h (held by carol)"
    assert told(Standing(state=State.HELD)) == "Not yet: held until somebody lets it go"


@pytest.mark.parametrize("state", [State.SCHEDULED, State.RETRYING])
def test_what_waits_for_a_paused_target_says_so(state: State) -> None:
    pause = Pause(target="email", who="carol", why="wrong prices", at=NOW)
    said = answer(Standing(state=state, attempts=1), reply=None, now=NOW, pause=pause)
    assert said.endswith("; email is paused by carol: wrong prices")


@pytest.mark.parametrize("state", sorted(FINAL | {State.IN_DOUBT}))
def test_nothing_comes_next_by_itself_after_an_end(state: State) -> None:
    assert upcoming(Standing(state=state), now=NOW) is None


@pytest.mark.parametrize("state", [State.SCHEDULED, State.RETRYING, State.HELD, State.SENDING])
def test_something_comes_next_while_it_is_open(state: State) -> None:
    assert upcoming(Standing(state=state), now=NOW)


def test_a_reply_cannot_move_the_terminals_cursor() -> None:
    assert "\x1b" not in told(Standing(state=State.SENT), "250 \x1b[2J")


def test_what_waits_for_a_server_that_is_away_says_so_and_says_it_once() -> None:
    since = NOW - timedelta(minutes=2)
    away = Closed(target="email", name="", down_since=since, shut_until=None, reply="connection refused")
    waiting = Standing(state=State.SCHEDULED, reason="connection refused")
    assert answer(waiting, reply=None, now=NOW, closed=away) == (
        "Not yet: waiting in the queue since 2026-11-21 09:59:00 UTC; "
        "it goes once email answers again, which has been down for 2 min: connection refused"
    )


def test_what_waits_for_a_domain_that_wants_to_be_left_alone_says_for_how_long() -> None:
    until = NOW + timedelta(minutes=4)
    shut = Closed(target="email", name="slow.example", down_since=None, shut_until=until, reply="450 4.7.28 slow down")
    upcoming = answer(Standing(state=State.RETRYING, reason="451", attempts=1), reply=None, now=NOW, closed=shut)
    assert upcoming.endswith(
        "(451); the next is waiting in the queue; slow.example is left alone for 4 min: 450 4.7.28 slow down"
    )
