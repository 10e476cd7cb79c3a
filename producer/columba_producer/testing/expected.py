"""What a test expects of an event, and what it is told when there is no such event."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict

from columba_shared.event import Event

from columba_producer.recipients import checked_recipients
from columba_producer.request import To


class Expected(TypedDict, total=False):
    """What may be expected of an event besides its kind; of its context, only what is named."""

    to: To
    audience: str
    target: str
    context: Mapping[str, Any]
    about: str
    key: str
    lane: str
    category: str
    by: str
    after: timedelta
    """How long after it was enqueued it is due."""
    at: datetime


_EMPTY: Expected = {}


def only(events: Sequence[Event], fate: str, kind: str, expected: Expected) -> Event:
    """Return the one event that is as expected; raises AssertionError with those that there are instead.

    Raises TypeError for an expectation that nothing is known of.
    """
    unknown = [name for name in expected if name not in Expected.__annotations__]
    if unknown:
        raise TypeError(f"nothing is known of {', '.join(unknown)}; expect {', '.join(Expected.__annotations__)}")
    found = [each for each in events if each.kind == kind and not differences(each, expected)]
    if len(found) == 1:
        return found[0]
    wanted = f"{kind}{_told(expected)}"
    if found:
        raise AssertionError(f"{len(found)} are {fate} that are {wanted}, not one: {_listed(found, _EMPTY)}")
    raise AssertionError(f"none is {fate} that is {wanted}; {fate} are: {_listed(events, expected)}")


def differences(event: Event, expected: Expected) -> list[str]:
    """Say in what the event is not as expected."""
    found: list[str] = []
    for name, wanted in expected.items():
        actual: Any
        match name:
            case "to":
                addresses = {each.address for each in event.to}
                wanted = _addresses(wanted, event.target)  # noqa: PLW2901 - as sent
                actual = wanted & addresses or addresses
            case "context":
                assert isinstance(wanted, Mapping)  # noqa: S101 - for the type checker
                actual = {each: event.context[each] for each in wanted if each in event.context}
            case "after":
                actual = (event.due_at or event.created_at) - event.created_at
            case "at":
                actual = event.due_at
            case "category":
                actual = event.filed_under
            case _:
                actual = getattr(event, name)
        if actual != wanted:
            found.append(f"{name} is {_shown(actual)}")
    return found


def _addresses(wanted: object, target: str) -> set[str]:
    """Return the addresses that are meant of this target, as they are: what is none of its addresses is not there."""
    whom = wanted.get(target, ()) if isinstance(wanted, Mapping) else wanted
    return {each.address for each in checked_recipients(whom, ())} if whom != () else set()


def _shown(actual: object) -> str:
    return ", ".join(sorted(actual)) if isinstance(actual, set) else repr(actual)


def _told(expected: Expected) -> str:
    return "".join(f", {name} {value!r}" for name, value in expected.items())


def _listed(events: Sequence[Event], expected: Expected) -> str:
    return "".join(f"\n  {_line(each, expected)}" for each in events) or "none"


def _line(event: Event, expected: Expected) -> str:
    whom = ", ".join(each.address for each in event.to[:3]) or f"audience {event.audience}"
    more = f" and {len(event.to) - 3} more" if len(event.to) > 3 else ""  # noqa: PLR2004 - as above
    differs = "; ".join(differences(event, expected))
    return f"{event.kind} to {whom}{more} by {event.target}" + (f": {differs}" if differs else "")
