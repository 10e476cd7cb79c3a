"""Single and many requests on their way, with ways of the test's own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

import pytest
from columba_producer import PartlyEnqueued
from columba_producer.creation import Creation, EncodedEvent
from columba_producer.many import Many
from columba_producer.request import EventRequest
from columba_producer.single import send
from columba_producer.spool import Row
from columba_producer.through_broker import ThroughBroker
from columba_producer.through_outbox import ThroughOutbox
from columba_producer.way import Dispatch, Undelivered
from columba_shared.errors import ColumbaError, InvalidEvent
from columba_shared.publishing import BrokerAway, Failure, Message, PublishError, Report, Unconfirmed, Unroutable

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
CREATION = Creation(targets=("email", "fax"), clock=lambda: NOW)
AWAY = BrokerAway("connection refused")


@dataclass
class Script:
    """A way and a publisher that takes so many events and fails some of them."""

    failing: dict[int, PublishError] = field(default_factory=dict)
    stop_after: int | None = None
    stopped: PublishError | None = None
    seen: list[str] = field(default_factory=list)
    in_order: bool | None = None

    def dispatch(self, events: Iterable[EncodedEvent]) -> Dispatch:
        """Take events as the script says."""
        taken = list(islice(events, self.stop_after))
        self.seen += [each.event.target for each in taken]
        failures = tuple(Undelivered(index=index, error=error) for index, error in self.failing.items())
        return Dispatch(taken=len(taken), failures=failures, stopped=self.stopped)

    def publish_many(self, messages: Iterable[Message], *, in_order: bool = False) -> Report:
        """Take messages as the script says."""
        self.in_order = in_order
        taken = list(islice(messages, self.stop_after))
        failures = tuple(Failure(index=at, message=taken[at], error=error) for at, error in self.failing.items())
        return Report(taken=len(taken), failures=failures, stopped=self.stopped)

    def close(self) -> None:
        """Do nothing."""


@dataclass
class Table:
    """A spool in memory that fails from some row on."""

    rows: list[Row] = field(default_factory=list)
    full_after: int | None = None

    def write(self, rows: Iterable[Row]) -> Dispatch:
        """Keep the rows one by one."""
        taken = 0
        for row in rows:
            taken += 1
            if self.full_after is not None and len(self.rows) >= self.full_after:
                error = ColumbaError("the disk is full")
                return Dispatch(taken=taken, failures=(Undelivered(index=taken - 1, error=error),), stopped=error)
            self.rows.append(row)
        return Dispatch(taken=taken)

    def close(self) -> None:
        """Do nothing."""


def requests(count: int, **fields: object) -> Iterator[dict[str, object]]:
    return ({"kind": "a.b", "to": f"u{number}@x"} | fields for number in range(count))


def events(count: int) -> list[EncodedEvent]:
    return [event for request in requests(count) for event in CREATION.events(EventRequest.of(request))]


def through_broker(script: Script, table: Table | None) -> ThroughBroker:
    return ThroughBroker(publisher=script, clock=lambda: NOW, spool=table)  # type: ignore[arg-type]  # the test's own


def test_a_single_request_returns_its_id_once_every_target_has_it() -> None:
    made = CREATION.events(EventRequest(kind="a.b", to="a@x", target=["email", "fax"]))
    script = Script()
    assert send(made, script) == made[0].event.id
    assert script.seen == ["email", "fax"]


def test_a_single_request_that_fails_says_which_target_has_it_nevertheless() -> None:
    made = CREATION.events(EventRequest(kind="a.b", to="a@x", target=["email", "fax"]))
    with pytest.raises(Unroutable) as caught:
        send(made, Script(failing={1: Unroutable("columba", "fax.normal")}))
    assert caught.value.__notes__ == [f"Enqueued for email nevertheless, as event {made[0].event.id}."]


def test_many_requests_return_their_ids_in_order() -> None:
    ids = Many(CREATION, requests(50)).through(Script())
    assert len(set(ids)) == 50


def test_an_invalid_request_does_not_keep_the_others_back() -> None:
    script = Script()
    given: list[dict[str, object]] = [*requests(2), {"kind": "a.b"}, *requests(2)]
    with pytest.raises(PartlyEnqueued) as caught:
        Many(CREATION, given).through(script)
    assert [(each.index, type(each.error)) for each in caught.value.failures] == [(2, InvalidEvent)]
    assert (caught.value.untried, len(script.seen)) == (None, 4)


def test_a_failure_is_told_by_the_number_of_its_request() -> None:
    script = Script(failing={3: Unroutable("columba", "fax.normal"), 4: Unconfirmed("silence")})
    with pytest.raises(PartlyEnqueued) as caught:
        Many(CREATION, requests(5, target=["email", "fax"])).through(script)
    assert [each.index for each in caught.value.failures] == [1, 2]


def test_what_was_never_tried_is_told_by_its_first_request() -> None:
    script = Script(failing={3: AWAY}, stop_after=4, stopped=AWAY)
    with pytest.raises(PartlyEnqueued) as caught:
        Many(CREATION, requests(10)).through(script)
    assert ([each.index for each in caught.value.failures], caught.value.untried) == ([3], 4)


def test_a_request_stopped_between_its_targets_has_failed() -> None:
    script = Script(failing={0: AWAY}, stop_after=3, stopped=AWAY)
    with pytest.raises(PartlyEnqueued) as caught:
        Many(CREATION, requests(10, target=["email", "fax"])).through(script)
    assert ([each.index for each in caught.value.failures], caught.value.untried) == ([0, 1], 2)


def test_without_a_spool_what_fails_has_failed() -> None:
    dispatch = through_broker(Script(failing={0: AWAY}, stop_after=1, stopped=AWAY), None).dispatch(events(5))
    assert (dispatch.taken, [each.error for each in dispatch.failures], dispatch.stopped) == (1, [AWAY], AWAY)


def test_with_a_spool_everything_the_broker_did_not_take_is_kept_once() -> None:
    table, given = Table(), events(5)
    script = Script(failing={0: Unconfirmed("silence"), 1: AWAY}, stop_after=2, stopped=AWAY)
    dispatch = through_broker(script, table).dispatch(given)
    assert (dispatch.taken, dispatch.failures, dispatch.stopped) == (5, (), None)
    assert isinstance(dispatch.away, Unconfirmed)
    assert table.rows == [Row(event_id=each.event.id, body=each.body) for each in given]


def test_what_the_broker_confirmed_is_not_spooled() -> None:
    table, given = Table(), events(5)
    through_broker(Script(failing={3: Unconfirmed("silence")}), table).dispatch(given)
    assert [row.event_id for row in table.rows] == [given[3].event.id]


@pytest.mark.parametrize("table", [Table(), None], ids=["spool", "none"])
def test_nothing_is_to_overtake_what_will_be_spooled(table: Table | None) -> None:
    script = Script()
    through_broker(script, table).dispatch(events(1))
    assert script.in_order is (table is not None)


def test_an_unroutable_event_is_an_error_even_with_a_spool() -> None:
    table = Table()
    error = Unroutable("columba", "email.normal")
    dispatch = through_broker(Script(failing={1: error}), table).dispatch(events(3))
    assert (dispatch.failures, table.rows) == ((Undelivered(index=1, error=error),), [])


def test_when_the_spool_fails_too_the_brokers_errors_stand() -> None:
    script = Script(failing={0: AWAY, 1: AWAY, 2: AWAY}, stop_after=3, stopped=AWAY)
    dispatch = through_broker(script, Table(full_after=1)).dispatch(events(9))
    assert [(each.index, each.error) for each in dispatch.failures] == [(1, AWAY), (2, AWAY)]
    assert (dispatch.taken, str(dispatch.stopped)) == (3, "the disk is full")


def test_where_it_stops_at_the_last_of_those_that_can_be_counted_none_was_left_out() -> None:
    script = Script(failing={0: AWAY, 1: AWAY}, stop_after=2, stopped=AWAY)
    with pytest.raises(PartlyEnqueued) as caught:
        Many(CREATION, list(requests(2))).through(script)
    assert ([each.index for each in caught.value.failures], caught.value.untried) == ([0, 1], None)


def test_when_the_spool_fails_later_the_rest_is_untried() -> None:
    script = Script(failing={0: AWAY}, stop_after=1, stopped=AWAY)
    dispatch = through_broker(script, Table(full_after=3)).dispatch(events(9))
    assert [(each.index, str(each.error)) for each in dispatch.failures] == [(3, "the disk is full")]
    assert (dispatch.taken, str(dispatch.stopped)) == (4, "the disk is full")


def test_the_outbox_keeps_events_as_they_travel() -> None:
    table, given = Table(), events(2)
    ThroughOutbox(spool=table).dispatch(given)
    assert [(row.event_id, row.body) for row in table.rows] == [(each.event.id, each.body) for each in given]
