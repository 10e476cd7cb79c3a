"""What is tried when a target has not reached somebody in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from columba_shared.chain import place_of
from columba_shared.errors import InvalidEvent
from columba_shared.event import MAX_STEPS, Event, Step
from msgspec.structs import replace

LONGEST_AFTER: Final = timedelta(days=30)
"""What has been purged by the time that a fallback is due has reached nobody, as far as the log knows."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """Tell by ``target`` whom the one before it has not reached so long after it was due."""

    target: str
    after: timedelta


def checked_fallbacks(given: object) -> tuple[Fallback, ...]:
    """Return the fallbacks in their order; raises InvalidEvent."""
    several = (given,) if isinstance(given, Fallback) else given
    if not isinstance(several, Iterable) or isinstance(several, str | bytes):
        raise InvalidEvent("fallback", f"must be a Fallback or a list of them, not {type(given).__name__}")
    found = tuple(several)
    for each in found:
        if not isinstance(each, Fallback):
            raise InvalidEvent("fallback", f"must be a Fallback or a list of them, not of {type(each).__name__}")
        _check_after(each.after)
    if len(found) >= MAX_STEPS:
        raise InvalidEvent("fallback", f"at most {MAX_STEPS - 1} follow each other")
    return found


def _check_after(given: object) -> None:
    if not isinstance(given, timedelta) or not timedelta(0) < given <= LONGEST_AFTER:
        raise InvalidEvent("fallback", f"after must be a timedelta above 0, of at most {LONGEST_AFTER.days} days")


def chain_of(first: str, fallbacks: Iterable[Fallback], *, hold: bool) -> tuple[Step, ...]:
    """Return the chain that begins with this target; each wait counts from the one before."""
    steps, after = [Step(target=first, hold=hold)], timedelta(0)
    for each in fallbacks:
        after += each.after
        steps.append(Step(target=each.target, after_seconds=after.total_seconds()))
    return tuple(steps)


def in_turn(events: Iterable[Event], due: datetime) -> list[Event]:
    """Return the chain's events, each due in its turn; raises InvalidEvent when that is too late for one."""
    return [_in_its_turn(event, step, due) for event, step in ((each, _step(each)) for each in events)]


def _in_its_turn(event: Event, step: Step, due: datetime) -> Event:
    """Return a fallback's event: what people decide about the first one, they decide about it."""
    if not step.after_seconds:
        return event
    moment = due + timedelta(seconds=step.after_seconds)
    if event.expires_at is not None and moment >= event.expires_at:
        raise InvalidEvent("fallback", f"{step.target} would be due when the event has expired")
    wait = None if event.max_wait_seconds is None else event.max_wait_seconds + step.after_seconds
    return replace(event, due_at=moment, hold=False, auto=None, four_eyes=False, max_wait_seconds=wait)


def _step(event: Event) -> Step:
    return event.chain[place_of(event.chain, event.target)]
