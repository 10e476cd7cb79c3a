"""What has a key never overtakes what waits in the outbox."""

from collections.abc import Iterable
from uuid import UUID

from columba_producer.creation import Creation, EncodedEvent
from columba_producer.errors import OutboxAway
from columba_producer.in_order import InOrder
from columba_producer.request import EventRequest
from columba_producer.spool import Row
from columba_producer.way import Dispatch
from columba_shared.errors import ColumbaError


class _Broker:
    """Takes everything, until it stops."""

    def __init__(self, stopped: ColumbaError | None = None) -> None:
        self.taken: list[UUID] = []
        self.stopped = stopped

    def dispatch(self, events: Iterable[EncodedEvent]) -> Dispatch:
        ids = [each.event.id for each in events]
        self.taken += ids
        return Dispatch(taken=len(ids), stopped=self.stopped)

    def close(self) -> None:
        self.taken.clear()


class _Outbox:
    """Has something in it, or nothing, or does not say."""

    def __init__(self, *, is_empty: bool | OutboxAway) -> None:
        self.taken: list[UUID] = []
        self._is_empty = is_empty

    def is_empty(self) -> bool:
        if isinstance(self._is_empty, OutboxAway):
            raise self._is_empty
        return self._is_empty

    def write(self, rows: Iterable[Row]) -> Dispatch:
        ids = [each.event_id for each in rows]
        self.taken += ids
        return Dispatch(taken=len(ids))

    def close(self) -> None:
        self.taken.clear()


def _events() -> list[EncodedEvent]:
    creation = Creation()
    requests = [EventRequest(kind="a.b", to="bob@example.org", key=key) for key in (None, None, "k", None)]
    made = [each for request in requests for each in creation.events(request)]
    return [*made, creation.withdrawal("a.b", key="k", target="email")]


def test_all_goes_to_the_broker_while_the_outbox_is_empty() -> None:
    broker, outbox, events = _Broker(), _Outbox(is_empty=True), _events()
    assert InOrder(broker=broker, outbox=outbox).dispatch(events) == Dispatch(taken=5)
    assert (broker.taken, outbox.taken) == ([each.event.id for each in events], [])


def test_from_the_first_with_a_key_on_all_waits_behind_what_waits_already() -> None:
    broker, outbox, events = _Broker(), _Outbox(is_empty=False), _events()
    assert InOrder(broker=broker, outbox=outbox).dispatch(iter(events)) == Dispatch(taken=5)
    ids = [each.event.id for each in events]
    assert (broker.taken, outbox.taken) == (ids[:2], ids[2:])


def test_what_has_no_key_asks_nobody() -> None:
    away = OutboxAway("gone")
    broker, events = _Broker(), _events()[:2]
    assert InOrder(broker=broker, outbox=_Outbox(is_empty=away)).dispatch(events) == Dispatch(taken=2)


def test_what_nobody_knows_the_order_of_is_refused_and_counted() -> None:
    away = OutboxAway("gone")
    dispatch = InOrder(broker=_Broker(), outbox=_Outbox(is_empty=away)).dispatch(_events())
    assert ([each.index for each in dispatch.failures], dispatch.taken, dispatch.stopped) == ([2], 3, away)


def test_a_broker_that_stops_leaves_nobody_believing_that_the_next_one_is_out() -> None:
    stopped = ColumbaError("stopped")
    dispatch = InOrder(broker=_Broker(stopped), outbox=_Outbox(is_empty=True)).dispatch(_events())
    assert ([each.index for each in dispatch.failures], dispatch.taken, dispatch.stopped) == ([2], 3, stopped)
