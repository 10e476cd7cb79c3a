"""Publishing what rules wanted told, once what it tells of is safe: nothing that happens here undoes that."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from columba_shared.errors import BrokenCheck, InvalidEvent

from columba_producer.errors import PartlyEnqueued
from columba_producer.ids import EventIds
from columba_producer.request import EventRequest
from columba_producer.rules.asking import Wanted
from columba_producer.rules.failure import Failures, Stage


class Publishes(Protocol):
    """What a `Producer` does here."""

    def enqueue_many(self, requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
        """Take many, in order."""


def publish(wanted: Sequence[Wanted], producer: Publishes, failures: Failures) -> None:
    """Publish all, in their order; what cannot be published is on record. Raises nothing."""
    try:
        producer.enqueue_many(each.request for each in wanted)
    except PartlyEnqueued as error:
        for failure in error.failures:
            _record(wanted[failure.index], failure.error, failures)
        for each in wanted[len(wanted) if error.untried is None else error.untried :]:
            _record(each, error, failures)
    # What was saved is saved: an error here would tell the app that it is not.
    except Exception as error:  # noqa: BLE001 - as said; each becomes a failure on record
        for each in wanted:
            _record(each, error, failures)


def _record(each: Wanted, error: Exception, failures: Failures) -> None:
    stage = Stage.EVENT if isinstance(error, InvalidEvent | BrokenCheck) else Stage.PUBLISH
    failures.record(each.rule, stage, each.about, error, request=each.request)
