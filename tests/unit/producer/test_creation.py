"""From a request to events: what is good becomes an event, what is not is refused by name."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from columba_producer.creation import Creation
from columba_producer.request import EventRequest
from columba_producer.user import User
from columba_shared.errors import InvalidEvent
from columba_shared.event import MAX_EVENT_BYTES, MAX_RECIPIENTS, Auto, Event, Lane, Recipient
from columba_shared.identity import derived_event_id
from columba_shared.wire import decode

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
CREATION = Creation(producer="shop", targets=("email", "letter"), clock=lambda: NOW)
CYCLE: dict[str, object] = {}
CYCLE["again"] = CYCLE


def deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


def created(**fields: object) -> tuple[Event, ...]:
    """Return the events as a consumer decodes them."""
    request = EventRequest.of({"kind": "invoice.ready", "to": "bob@example.com"} | fields)
    return tuple(decode(each.body) for each in CREATION.events(request))


def test_the_shortest_request_is_one_event_for_one_person() -> None:
    (event,) = created()
    assert (event.kind, event.target, event.lane, event.producer) == ("invoice.ready", "email", Lane.NORMAL, "shop")
    assert event.to == (Recipient(address="bob@example.com"),)
    assert (event.created_at, event.due_at, event.expires_at) == (NOW, None, None)


def test_several_targets_are_one_event_each_under_one_id() -> None:
    events = created(target=["letter", "email", "letter"])
    assert [event.target for event in events] == ["letter", "email"]
    assert len({event.id for event in events}) == 1


def test_each_address_is_told_once_in_the_order_given() -> None:
    (event,) = created(to=["c@x", Recipient(address="a@x", name="A"), "c@x", "a@x", "b@x"])
    assert [recipient.address for recipient in event.to] == ["c@x", "a@x", "b@x"]
    assert event.to[1].name == "A"


def test_recipients_may_come_from_a_generator() -> None:
    def everybody() -> Iterator[str]:
        yield from ("a@x", "b@x")

    (event,) = created(to=everybody())
    assert len(event.to) == 2


def test_a_user_is_named_by_their_id_and_looked_up_later() -> None:
    (event,) = created(to=[User("42"), "bob@example.com"])
    assert [(each.address, each.user) for each in event.to] == [("user:42", "42"), ("bob@example.com", None)]


def test_what_is_said_of_the_window_comes_through() -> None:
    (event,) = created(
        key="invoice:42",
        max_wait=timedelta(minutes=5),
        defer_for=timedelta(minutes=1),
        hold=True,
        auto="cancel",
        four_eyes=True,
        by="carol",
        category="money",
    )
    assert (event.key, event.max_wait_seconds) == ("invoice:42", 300.0)
    assert (event.hold, event.auto, event.four_eyes, event.by) == (True, Auto.CANCEL, True, "carol")
    assert event.filed_under == "money"


def test_people_opt_out_of_the_kinds_first_word_unless_told_otherwise() -> None:
    assert created(kind="news.weekly")[0].filed_under == "news"


def test_a_withdrawal_names_a_key_and_nobody() -> None:
    event = decode(CREATION.withdrawal("invoice.ready", key="invoice:42", target="letter").body)
    assert (event.withdraw, event.key, event.target, event.to) == (True, "invoice:42", "letter", ())


@pytest.mark.parametrize(("fields", "field"), [({"key": ""}, "key"), ({"target": "fax"}, "target")])
def test_a_withdrawal_that_cannot_be_is_refused_by_name(fields: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidEvent, match=f"^{field}"):
        CREATION.withdrawal("invoice.ready", **{"key": "a", "target": "email"} | fields)


def test_an_audience_stands_in_for_recipients() -> None:
    (event,) = created(to=None, audience="subscribers")
    assert (event.to, event.audience) == ((), "subscribers")


def test_ids_of_two_events_differ() -> None:
    assert created()[0].id != created()[0].id


def test_an_idempotency_key_always_leads_to_the_same_id() -> None:
    assert created(idempotency_key="order-1")[0].id == derived_event_id("shop", "order-1")


def test_defer_for_counts_from_now() -> None:
    assert created(defer_for=timedelta(minutes=10))[0].due_at == NOW + timedelta(minutes=10)


def test_no_deferral_is_none() -> None:
    assert created(defer_for=timedelta(0))[0].due_at is None


def test_a_moment_of_any_zone_is_kept_as_the_same_moment() -> None:
    at = datetime(2026, 12, 24, 18, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert created(at=at)[0].due_at == at


def test_a_moment_of_the_recent_past_is_due_at_once() -> None:
    assert created(at=NOW - timedelta(days=30))[0].due_at == NOW - timedelta(days=30)


def test_an_expiry_as_a_duration_counts_from_when_the_event_is_due() -> None:
    assert created(expires=timedelta(hours=1))[0].expires_at == NOW + timedelta(hours=1)
    deferred = created(expires=timedelta(hours=1), defer_for=timedelta(days=2))[0]
    assert deferred.expires_at == NOW + timedelta(days=2, hours=1)


def test_a_context_comes_through_as_it_was_given() -> None:
    context = {"number": 42, "price": 1.5, "lines": [{"text": "Grüße 🕊"}, None, True], "large": 2**63}
    assert created(context=context)[0].context == context


def test_an_address_that_is_no_mail_address_suits_another_target() -> None:
    assert created(to="+4917012345", target="letter")[0].to[0].address == "+4917012345"


@pytest.mark.parametrize(
    "address",
    [
        "bob@example.com",
        "bob+tag@sub.example.com",
        "o'neill@example.com",
        "böb@bücher.example",
        "用户@例子.广告",
    ],
)
def test_every_mail_address_in_common_use_is_accepted(address: str) -> None:
    assert created(to=address)[0].to[0].address == address


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"kind": ""}, "kind", "must be made of"),
        ({"kind": "Invoice"}, "kind", "must be made of"),
        ({"kind": "invoice.ready\n"}, "kind", "must be made of"),
        ({"kind": "a..b"}, "kind", "must be made of"),
        ({"kind": "../x"}, "kind", "must be made of"),
        ({"kind": "x" * 101}, "kind", "101 characters"),
        ({"kind": 7}, "kind", "must be a string"),
        ({"target": "fax"}, "target", "known are email, letter"),
        ({"target": []}, "target", "is empty"),
        ({"target": 7}, "target", "must be a name"),
        ({"target": ["email", "fax"]}, "target", "'fax' is unknown"),
        ({"to": None}, "to", "give recipients, or an audience"),
        ({"to": ""}, "to", "not empty"),
        ({"to": []}, "to", "is empty"),
        ({"to": 7}, "to", "not int"),
        ({"to": {"address": "a@x"}}, "to", "is no target"),
        ({"to": ["a@x", None]}, r"to\[1\]", "not NoneType"),
        ({"audience": "subscribers"}, "audience", "not both"),
        ({"to": None, "audience": "Sub scribers"}, "audience", "must be made of"),
        ({"to": "bob"}, "to", "one plain email address"),
        ({"to": "a@x, b@y"}, "to", "one plain email address"),
        ({"to": "a@x;b@y"}, "to", "one plain email address"),
        ({"to": "Bob <bob@example.com>"}, "to", "one plain email address"),
        ({"to": "a@x@y"}, "to", "one plain email address"),
        ({"to": "a@"}, "to", "one plain email address"),
        ({"to": "a b@x"}, "to", "one plain email address"),
        ({"to": "bob@example.com\nBcc: eve@example.com"}, "to", "line break"),
        ({"to": "bob@example.com\u202e"}, "to", "invisible"),
        ({"to": "bob@exa\0mple.com"}, "to", "invisible"),
        ({"to": " +49170", "target": "letter"}, "to", "blank"),
        ({"to": "+49\n170", "target": "letter"}, "to", "line break"),
        ({"to": "x" * 501, "target": "letter"}, "to", "501 characters"),
        ({"to": Recipient(address="a@x", name="A\r\nBcc: b@y")}, r"to\.name", "visible"),
        ({"to": [Recipient(address="a@x", user="x" * 101)]}, r"to\[0\]\.user", "at most 100"),
        ({"to": Recipient(address="a@x", context={"x": float("inf")})}, r"to\.context\.x", "is inf"),
        ({"to": (f"u{n}@x" for n in range(MAX_RECIPIENTS + 1))}, "to", "use an audience"),
        ({"defer_for": timedelta(seconds=-1)}, "defer_for", "from 0"),
        ({"defer_for": 600}, "defer_for", "must be a timedelta"),
        ({"defer_for": timedelta.max}, "defer_for", "days"),
        ({"defer_for": timedelta(1), "at": NOW}, "at", "not both"),
        ({"at": datetime(2026, 12, 1)}, "at", "naive"),  # noqa: DTZ001 - what is refused
        ({"at": date(2026, 12, 1)}, "at", "must be a datetime"),
        ({"at": NOW - timedelta(days=400)}, "at", "a year ago"),
        ({"at": datetime(9999, 1, 1, tzinfo=UTC)}, "at", "century"),
        ({"lane": "slow"}, "lane", "there are urgent, normal, bulk"),
        ({"lane": None}, "lane", "there are"),
        ({"expires": NOW}, "expires", "later than the event is due"),
        (
            {"expires": NOW + timedelta(hours=1), "defer_for": timedelta(hours=2)},
            "expires",
            "later than the event is due",
        ),
        ({"expires": timedelta(0)}, "expires", "later than the event is due"),
        ({"expires": "tomorrow"}, "expires", "must be a datetime"),
        ({"context": [1]}, "context", "must be a dict"),
        ({"context": {"a": {"b": [1, float("nan")]}}}, r"context\.a\.b\[1\]", "is nan"),
        ({"context": {1: 2}}, "context", "has the key 1"),
        ({"context": {"a": {None: 2}}}, r"context\.a", "has the key None"),
        ({"context": {"price": Decimal(1)}}, r"context\.price", "is a Decimal"),
        ({"context": {"when": NOW}}, r"context\.when", "is a datetime"),
        ({"context": {"raw": b"x"}}, r"context\.raw", "is a bytes"),
        ({"context": {"some": {1}}}, r"context\.some", "is a set"),
        ({"context": {"large": 2**64}}, r"context\.large", "beyond 64 bits"),
        ({"context": {"half": "\ud83d"}}, r"context\.half", "surrogate"),
        ({"context": {"deep": deep(200)}}, r"context\.deep", "nested"),
        ({"context": CYCLE}, r"context\.again", "nested"),
        ({"context": {"text": "x" * MAX_EVENT_BYTES}}, "context", "bytes"),
        ({"idempotency_key": ""}, "idempotency_key", "1 to 500"),
        ({"idempotency_key": "x" * 501}, "idempotency_key", "1 to 500"),
        ({"idempotency_key": 7}, "idempotency_key", "1 to 500"),
        ({"keys": "invoice:42"}, "keys", "is no argument"),
        ({"key": ""}, "key", "1 to 200"),
        ({"key": "x" * 201}, "key", "1 to 200"),
        ({"key": 7}, "key", "1 to 200"),
        ({"key": "a\nb"}, "key", "visible"),
        ({"key": "a "}, "key", "end with a space"),
        ({"max_wait": timedelta(hours=1)}, "max_wait", "goes with key"),
        ({"key": "a", "max_wait": 60}, "max_wait", "must be a timedelta"),
        ({"key": "a", "max_wait": timedelta(0)}, "max_wait", "longer than 0"),
        (
            {"key": "a", "max_wait": timedelta(minutes=1), "defer_for": timedelta(minutes=2)},
            "max_wait",
            "must not be shorter",
        ),
        ({"hold": "yes"}, "hold", "True or False"),
        ({"auto": "approve"}, "auto", "goes with hold"),
        ({"hold": True, "auto": "cancel"}, "auto", "goes with defer_for or at"),
        ({"hold": True, "auto": "later", "defer_for": timedelta(hours=1)}, "auto", "neither approve nor cancel"),
        ({"four_eyes": True}, "four_eyes", "goes with hold"),
        ({"by": ""}, "by", "1 to 100"),
        ({"by": "a\nb"}, "by", "visible"),
        ({"category": "News Letter"}, "category", "must be made of"),
        ({"to": "user:42", "target": "letter"}, "to", "give User"),
        ({"to": "audience:all", "target": "letter"}, "to", "is no address"),
        ({"to": User("")}, r"to\.id", "1 to 100"),
        ({"to": [User("a\nb")]}, r"to\[0\]\.id", "visible"),
    ],
)
def test_a_bad_argument_is_refused_by_name_with_the_fix(fields: dict[str, object], field: str, problem: str) -> None:
    with pytest.raises(InvalidEvent, match=rf"^{field}.*: .*{problem}"):
        created(**fields)


def test_a_request_without_a_kind_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="kind: is missing"):
        EventRequest.of({"to": "a@x"})


def test_what_is_no_request_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="request: must be an EventRequest"):
        EventRequest.of(["invoice.ready", "a@x"])


@pytest.mark.parametrize("name", ["shop\n", "x" * 101, "🕊" * 26])
def test_a_producers_name_that_no_header_could_carry_is_refused(name: str) -> None:
    with pytest.raises(InvalidEvent, match="name: "):
        Creation(producer=name)


def test_a_target_that_no_queue_could_be_named_after_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="targets: "):
        Creation(targets=("e.mail",))


def test_no_argument_is_changed_by_enqueueing() -> None:
    context: dict[str, object] = {"a": [1]}
    created(context=context)
    assert context == {"a": [1]}


def test_ids_may_be_made_in_order() -> None:
    numbers = iter(range(1, 10))
    creation = Creation(clock=lambda: NOW, new_id=lambda: UUID(int=next(numbers)))
    made = [creation.events(EventRequest(kind="a", to="a@x"))[0].event.id for _ in range(2)]
    assert made == [UUID(int=1), UUID(int=2)]
