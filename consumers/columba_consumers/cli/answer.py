"""One plain sentence for a delivery: did they get it, and if not, why not and what comes next."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol, assert_never

from columba_shared.event import Auto
from columba_shared.state import State

from columba_consumers.cli.words import because, counted, duration, moment, plain, relative

if TYPE_CHECKING:
    from columba_shared.log.brake import Brake
    from columba_shared.log.pauses import Pause
    from columba_shared.log.waiting import Closed


class Standing(Protocol):
    """What has to be known of a delivery."""

    @property
    def state(self) -> State:
        """Where it stands."""

    @property
    def reason(self) -> str | None:
        """Why."""

    @property
    def due_at(self) -> datetime:
        """When it goes on."""

    @property
    def updated_at(self) -> datetime:
        """When something last happened to it."""

    @property
    def attempts(self) -> int:
        """How many were spent."""

    @property
    def auto(self) -> str | None:
        """What follows by itself if it is held until it is due."""


def answer(  # noqa: PLR0911 - one sentence for each state
    delivery: Standing,
    *,
    reply: str | None,
    now: datetime,
    pause: "Pause | None" = None,
    brake: "Brake | None" = None,
    closed: "Closed | None" = None,
) -> str:
    """Return the sentence.

    ``reply`` is what the provider said last, ``pause`` that of its target, ``brake`` the one that will hold it, and
    ``closed`` its destination, if nothing goes there now.
    """
    reason = because(delivery.reason)
    state = delivery.state
    match state:
        case State.SENT:
            said = f"; the provider said: {plain(reply)}" if reply else ""
            return f"Yes{reason}" if reason else f"Yes, it was sent at {moment(delivery.updated_at)} UTC{said}"
        case State.SKIPPED:
            return f"No, and nothing went wrong{reason}"
        case State.SCHEDULED | State.RETRYING | State.HELD | State.SENDING:
            return f"Not yet: {upcoming(delivery, now=now, pause=pause, brake=brake, closed=closed)}"
        case State.GATHERED:
            return "It is told together with others, in a digest"
        case State.EXPANDED:
            return f"Its members have deliveries of their own{reason}"
        case State.CANCELLED | State.SUPERSEDED | State.EXPIRED | State.SUPPRESSED:
            return f"No, it was {ended(state, delivery.reason)}"
        case State.DEAD:
            return f"No, it was given up after {counted(delivery.attempts, 'attempt')}{reason}"
        case State.IN_DOUBT:
            return f"Nobody knows: the provider may or may not have it{reason}"
        case _:
            assert_never(state)


def ended(state: State, reason: str | None) -> str:
    """Return the state and why; a reason that begins with the state says both."""
    words = state.value.replace("_", " ")
    if not reason:
        return words
    return plain(reason) if reason.startswith(f"{words} ") else f"{words}: {plain(reason)}"


def upcoming(
    delivery: Standing,
    *,
    now: datetime,
    pause: "Pause | None" = None,
    brake: "Brake | None" = None,
    closed: "Closed | None" = None,
) -> str | None:
    """Return what happens next, None when nothing will by itself."""
    stays = f"; {plain(pause.target)} is paused by {plain(pause.who)}{because(pause.why)}" if pause else ""
    stays += _until_open(closed, now) if closed else ""
    stays += f"; brake {brake.id} of {plain(brake.who)} holds it then{because(brake.why)}" if brake else ""
    waits = delivery.due_at > now
    why = "" if closed and delivery.reason == closed.reply else _because(delivery)
    match delivery.state:
        case State.SCHEDULED if waits:
            return f"due {relative(delivery.due_at, now)}{why}{stays}"
        case State.SCHEDULED:
            return f"waiting in the queue since {moment(delivery.due_at)} UTC{why}{stays}"
        case State.RETRYING:
            tried = counted(delivery.attempts, "attempt")
            when = f"due {relative(delivery.due_at, now)}" if waits else "waiting in the queue"
            return f"{tried} did not work{why}; the next is {when}{stays}"
        case State.HELD:
            return f"held until {_decision(delivery, now)}{_because(delivery)}"
        case State.SENDING:
            return f"being sent since {moment(delivery.updated_at)} UTC"
        case _:
            return None


def _until_open(closed: "Closed", now: datetime) -> str:
    name = plain(closed.name or closed.target)
    if closed.down_since is not None:
        return f"; it goes once {name} answers again, which has been down for {duration(now - closed.down_since)}" + (
            because(closed.reply)
        )
    until = closed.shut_until or now
    return f"; {name} is left alone for {duration(until - now)}{because(closed.reply)}"


def _decision(delivery: Standing, now: datetime) -> str:
    if delivery.auto is None:
        return "somebody lets it go"
    then = "approved" if delivery.auto == Auto.APPROVE else "cancelled"
    return f"somebody decides, {then} by itself {relative(delivery.due_at, now)}"


def _because(delivery: Standing) -> str:
    return f" ({plain(delivery.reason)})" if delivery.reason else ""
