"""Many requests on one way: which of their events belong to which, and what became of each."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sized

from columba_shared.blobs.errors import BlobsAway
from columba_shared.errors import BrokenCheck, InvalidEvent

from columba_producer.creation import Creation, EncodedEvent
from columba_producer.errors import EnqueueFailure, PartlyEnqueued
from columba_producer.ids import EventIds
from columba_producer.request import EventRequest
from columba_producer.way import Dispatch, Way

MAX_INVALID = 10_000
"""After so many invalid requests the rest is not tried: something is wrong with all of them."""


class Many:
    """One call of `enqueue_many`. An invalid request is reported, and does not keep the others back."""

    def __init__(self, creation: Creation, requests: Iterable[EventRequest | Mapping[str, object]]) -> None:
        self._creation = creation
        self._requests = requests
        self._ids = EventIds()
        self._invalid: list[EnqueueFailure] = []
        self._request_of = array("I")
        self._seen = 0
        self._gave_up = False
        self._owed = 0

    def through(self, way: Way) -> EventIds:
        """Send all and return their ids in order; raises PartlyEnqueued if any failed."""
        dispatch = way.dispatch(self._events())
        failures = {failure.index: failure for failure in (*self._failed(dispatch), *self._invalid)}
        untried = self._untried(dispatch)
        if failures or untried is not None:
            raise PartlyEnqueued(tuple(failures[index] for index in sorted(failures)), untried)
        return self._ids

    def _events(self) -> Iterator[EncodedEvent]:
        for index, given in enumerate(self._requests):
            if len(self._invalid) >= MAX_INVALID:
                return
            self._seen = index + 1
            try:
                events = self._creation.events(EventRequest.of(given))
            except (InvalidEvent, BrokenCheck) as error:
                self._invalid.append(EnqueueFailure(index=index, error=error))
                continue
            except BlobsAway as error:  # the next one would have to wait for it as long
                self._invalid.append(EnqueueFailure(index=index, error=error))
                self._gave_up = True
                return
            self._ids.append(events[0].event.id)
            for place, event in enumerate(events, start=1):
                self._request_of.append(index)
                self._owed = len(events) - place
                yield event

    def _failed(self, dispatch: Dispatch) -> Iterator[EnqueueFailure]:
        for failure in dispatch.failures:
            yield EnqueueFailure(index=self._request_of[failure.index], error=failure.error)
        if self._owed and dispatch.stopped is not None:
            # It stopped between two targets of one request: that request is neither done nor untried.
            yield EnqueueFailure(index=self._seen - 1, error=dispatch.stopped)

    def _untried(self, dispatch: Dispatch) -> int | None:
        """Return the first request that was left out; None if none was, as far as can be known of those not read."""
        if isinstance(self._requests, Sized) and self._seen == len(self._requests):
            return None
        if dispatch.stopped is not None or self._gave_up or len(self._invalid) >= MAX_INVALID:
            return self._seen
        return None
