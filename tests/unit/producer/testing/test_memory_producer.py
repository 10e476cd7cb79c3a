"""The producer that apps test with: what it says of events is what the log would say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from columba_producer import (
    Attachment,
    BrokerAway,
    Contract,
    ContractBroken,
    Digest,
    Fallback,
    InvalidEvent,
    Outbox,
    PartlyEnqueued,
    Producer,
    User,
    create_outbox,
)
from columba_producer.rules import Rules, attach, rule
from columba_producer.testing import MemoryProducer, VirtualClock
from columba_shared.contract.contract import Clause
from columba_shared.contract.contract import Contract as Written
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

pytest_plugins = ["columba_producer.testing.fixtures"]

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Base(DeclarativeBase):
    """The tables of an app."""


class Story(Base):
    """What it writes."""

    __tablename__ = "story"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


def test_what_is_due_is_sent_and_what_is_deferred_is_scheduled_until_then(columba: MemoryProducer) -> None:
    event_id = columba.enqueue("invoice.ready", to="bob@example.com", context={"number": 42, "of": (1, 2)})
    columba.enqueue("invoice.reminder", to="bob@example.com", defer_for=3 * DAY)
    sent = columba.assert_sent("invoice.ready", to="bob@example.com", context={"number": 42, "of": [1, 2]})
    assert sent.id == event_id
    columba.assert_scheduled("invoice.reminder", after=3 * DAY)
    columba.clock.advance(3 * DAY)
    columba.assert_sent("invoice.reminder", to=["bob@example.com"])
    assert columba.scheduled == []


def test_it_is_a_producer_wherever_one_is_asked_for(columba: MemoryProducer) -> None:
    assert isinstance(columba, Producer)


def test_it_refuses_what_the_real_one_refuses(columba: MemoryProducer, tmp_path: Path) -> None:
    with Producer(f"sqlite:///{tmp_path / 'columba.db'}") as real:
        for wrong in ({"to": "bob"}, {"to": "bob@example.com", "lane": "slow"}, {"context": {"at": NOW}}, {}):
            with pytest.raises(InvalidEvent) as expected:
                real.enqueue("invoice.ready", **wrong)
            with pytest.raises(InvalidEvent) as raised:
                columba.enqueue("invoice.ready", **wrong)
            assert str(raised.value) == str(expected.value)
    columba.assert_nothing()


def test_it_holds_events_to_the_contract() -> None:
    clause = Clause(version="1", needs={"number": "invoice.ready/email.txt:1"})
    written = Written(targets=("email",), kinds={"invoice.ready": {"email": clause}}, renderers={})
    columba = MemoryProducer(contract=Contract(written))
    with pytest.raises(ContractBroken):
        columba.enqueue("invoice.ready", to="bob@example.com")


def test_what_is_published_again_under_a_key_supersedes_what_waits(columba: MemoryProducer) -> None:
    for number in (1, 2):
        columba.enqueue("draft.saved", to="a@example.com", context={"n": number}, key="d:1", defer_for=10 * MINUTE)
        columba.clock.advance(MINUTE)
    columba.assert_scheduled("draft.saved", context={"n": 2}, key="d:1")
    assert [each.context for each in columba.superseded] == [{"n": 1}]
    columba.withdraw("draft.saved", key="d:1")
    assert (columba.scheduled, len(columba.cancelled)) == ([], 1)


def test_nothing_is_put_off_for_longer_than_its_longest_wait() -> None:
    columba = MemoryProducer(clock=VirtualClock(NOW))
    for minute in range(4):
        columba.clock.move_to(NOW + minute * MINUTE)
        columba.enqueue("draft.saved", to="a@example.com", key="d:1", defer_for=2 * MINUTE, max_wait=4 * MINUTE)
    columba.assert_scheduled("draft.saved", at=NOW + 4 * MINUTE)
    assert columba.sent == []
    columba.clock.advance(MINUTE)
    columba.assert_sent("draft.saved")


def test_a_window_ends_as_was_said(columba: MemoryProducer) -> None:
    columba.enqueue("a.one", to="a@example.com", hold=True)
    columba.enqueue("a.two", to="a@example.com", hold=True, auto="approve", defer_for=MINUTE)
    columba.enqueue("a.three", to="a@example.com", hold=True, auto="cancel", defer_for=MINUTE)
    assert len(columba.held) == 3
    columba.clock.advance(MINUTE)
    columba.assert_held("a.one")
    columba.assert_sent("a.two")
    assert [each.kind for each in columba.cancelled] == ["a.three"]


def test_the_same_idempotency_key_twice_is_one_event(columba: MemoryProducer) -> None:
    for _ in range(2):
        columba.enqueue("a.b", to="a@example.com", idempotency_key="once")
    assert len(columba.sent) == 1


def test_fallbacks_and_digests_stay_scheduled() -> None:
    columba = MemoryProducer(targets=("email", "sms"))
    columba.enqueue("a.b", to=User("42"), fallback=Fallback("sms", after=MINUTE))
    columba.enqueue("c.d", to=User("42"), digest=Digest(at="08:00"), key="k")
    columba.clock.advance(DAY)
    columba.assert_sent("a.b", to=User("42"), target="email")
    columba.assert_scheduled("a.b", target="sms", after=MINUTE)
    columba.assert_scheduled("c.d")
    columba.withdraw("c.d", key="k")
    assert [each.kind for each in columba.cancelled] == ["c.d"]


def test_a_failed_assertion_says_what_there_is_instead(columba: MemoryProducer) -> None:
    columba.enqueue("invoice.ready", to="bob@example.com", context={"number": 41})
    with pytest.raises(AssertionError) as raised:
        columba.assert_sent("invoice.ready", to="eve@example.com", context={"number": 42})
    assert str(raised.value) == (
        "none is sent that is invoice.ready, to 'eve@example.com', context {'number': 42}; sent are: \n"
        "  invoice.ready to bob@example.com by email: to is bob@example.com; context is {'number': 41}"
    )
    columba.enqueue("invoice.ready", to="bob@example.com")
    with pytest.raises(AssertionError, match="2 are sent that are"):
        columba.assert_sent("invoice.ready")
    with pytest.raises(AssertionError, match="2 were enqueued"):
        columba.assert_nothing()
    columba.clear()
    columba.assert_nothing()


def test_a_broker_that_is_away_is_told_as_the_real_one_tells_it(columba: MemoryProducer) -> None:
    with columba.away():
        with pytest.raises(BrokerAway):
            columba.enqueue("a.b", to="a@example.com")
        with pytest.raises(PartlyEnqueued) as raised:
            columba.enqueue_many([{"kind": "a.b", "to": "a@example.com"}] * 3)
        assert (raised.value.failures[0].index, raised.value.untried) == (0, 1)
        assert len(columba.enqueue_many([])) == 0
    assert len(columba.enqueue_many([{"kind": "a.b", "to": "a@example.com"}] * 3)) == 3
    assert len(columba.sent) == 3


def test_attachments_of_any_size_can_be_looked_at(columba: MemoryProducer) -> None:
    files = [Attachment(name="a.txt", content=b"small"), Attachment(name="b.bin", content=b"x" * 2_000_000)]
    columba.enqueue("a.b", to="a@example.com", attachments=files)
    found = columba.assert_sent("a.b").attachments
    assert [columba.content(each) for each in found] == [b"small", b"x" * 2_000_000]


def test_what_an_outbox_has_is_moved_as_the_relay_moves_it(columba: MemoryProducer) -> None:
    engine = create_engine("sqlite://")
    create_outbox(engine)
    with Session(engine) as session:
        Outbox(session).enqueue("a.gone", to="a@example.com")
        session.rollback()
        Outbox(session).enqueue("a.b", to="a@example.com")
        assert columba.relay(session) == 1
        Outbox(session).enqueue("a.c", to="a@example.com")
        session.commit()
    assert (columba.relay(engine), columba.relay(engine)) == (1, 0)
    assert [each.kind for each in columba.sent] == ["a.b", "a.c"]
    engine.dispose()


def test_rules_publish_to_it(columba: MemoryProducer) -> None:
    @rule(Story, target="email", audience="readers", kind="story.saved")
    def saved(_story: Story) -> bool:
        return True

    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session, attach(session, Rules([saved]), producer=columba):
        session.add(Story(title="Doves"))
        columba.assert_nothing()
        session.commit()
    columba.assert_sent("story.saved", audience="readers")
    engine.dispose()


def test_it_takes_its_targets_from_the_settings() -> None:
    columba = MemoryProducer.from_env({"COLUMBA_TARGETS": "sms", "COLUMBA_PRODUCER": "shop"})
    columba.enqueue("a.b", to="+4366012345678", target="sms")
    assert columba.assert_sent("a.b").producer == "shop"


def test_time_runs_forwards_and_has_a_zone() -> None:
    clock = VirtualClock(NOW)
    with pytest.raises(ValueError, match="is over"):
        clock.advance(-MINUTE)
    with pytest.raises(ValueError, match="no time zone"):
        clock.move_to(NOW.replace(tzinfo=None))
    clock.move_to(NOW + DAY)
    assert clock() == NOW + DAY


def test_of_an_event_for_several_targets_each_is_found_by_its_own_address() -> None:
    columba = MemoryProducer(targets=("email", "sms"))
    whom = {"email": "bob@example.com", "sms": "+4366012345678"}
    columba.enqueue("invoice.ready", target=("sms", "email"), to=whom)
    assert columba.assert_sent("invoice.ready", to="bob@example.com").target == "email"
    assert columba.assert_sent("invoice.ready", to="+4366012345678").target == "sms"
    assert columba.assert_sent("invoice.ready", to=whom, target="sms").target == "sms"
    assert columba.assert_sent("invoice.ready", to={"email": "bob@example.com"}).target == "email"


def test_an_event_for_another_target_differs_and_an_unknown_expectation_is_told() -> None:
    columba = MemoryProducer(targets=("email", "sms"))
    columba.enqueue("code.sent", target="sms", to="+4366012345678")
    with pytest.raises(AssertionError, match=r"code\.sent to \+4366012345678 by sms: to is \+4366012345678"):
        columba.assert_sent("invoice.ready", to="bob@example.com")
    with pytest.raises(TypeError, match="nothing is known of kid; expect to, audience, target"):
        columba.assert_sent("code.sent", kid=1)  # type: ignore[call-arg]  # that is it
