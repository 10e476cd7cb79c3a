"""One request on its way: all of its events get out, or the caller hears why not."""

from uuid import UUID

from columba_producer.creation import EncodedEvent
from columba_producer.way import Way


def send(events: tuple[EncodedEvent, ...], way: Way) -> UUID:
    """Return the id once every event is out; raises the first one's error, with a note on those that did get out."""
    dispatch = way.dispatch(events)
    problem = dispatch.failures[0].error if dispatch.failures else dispatch.stopped
    if problem is None:
        return events[0].event.id
    failed = {failure.index for failure in dispatch.failures}
    out = [each.event.target for index, each in enumerate(events[: dispatch.taken]) if index not in failed]
    if out:
        problem.add_note(f"Enqueued for {', '.join(out)} nevertheless, as event {events[0].event.id}.")
    raise problem
