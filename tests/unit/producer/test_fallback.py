"""Fallbacks at publish: one event for each target of the chain, each due in its turn, and who is who."""

from datetime import UTC, datetime, timedelta

import pytest
from columba_producer.creation import Creation
from columba_producer.digest import Digest
from columba_producer.fallback import Fallback
from columba_producer.request import EventRequest
from columba_producer.user import User
from columba_shared.errors import InvalidEvent, Malformed
from columba_shared.event import MAX_STEPS, Auto, Event, Recipient, Step
from columba_shared.wire import decode, encode
from msgspec.structs import replace

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
TARGETS = ("email", "sms", "push", *(f"way-{number}" for number in range(MAX_STEPS)))
CREATION = Creation(producer="shop", targets=TARGETS, clock=lambda: NOW)
FIVE = timedelta(minutes=5)
SMS = Fallback("sms", after=FIVE)


def created(**fields: object) -> tuple[Event, ...]:
    """Return the events as a consumer decodes them."""
    request = EventRequest.of({"kind": "door.rings", "to": User("42"), "target": "push", "fallback": SMS} | fields)
    return tuple(decode(each.body) for each in CREATION.events(request))


def test_each_target_of_a_chain_has_an_event_that_is_due_in_its_turn() -> None:
    push, sms, email = created(fallback=[SMS, Fallback("email", after=2 * FIVE)])
    assert [event.target for event in (push, sms, email)] == ["push", "sms", "email"]
    assert len({event.id for event in (push, sms, email)}) == 1
    assert (push.due_at, sms.due_at, email.due_at) == (None, NOW + FIVE, NOW + 3 * FIVE)
    chain = (Step(target="push"), Step(target="sms", after_seconds=300), Step(target="email", after_seconds=900))
    assert {event.chain for event in (push, sms, email)} == {chain}


def test_a_chain_begins_when_its_event_is_due() -> None:
    push, sms = created(defer_for=timedelta(hours=1))
    assert (push.due_at, sms.due_at) == (NOW + timedelta(hours=1), NOW + timedelta(hours=1) + FIVE)


def test_all_of_a_chain_is_worthless_at_the_same_moment() -> None:
    events = created(expires=timedelta(minutes=10))
    assert [event.expires_at for event in events] == [NOW + timedelta(minutes=10)] * 2


def test_the_first_alone_is_held_and_the_others_know() -> None:
    push, sms = created(hold=True, auto="cancel", four_eyes=True, by="anna", defer_for=FIVE)
    assert (push.hold, push.auto, push.four_eyes) == (True, Auto.CANCEL, True)
    assert (sms.hold, sms.auto, sms.four_eyes, sms.by) == (False, None, False, "anna")
    assert sms.chain[0].hold


def test_a_fallback_may_be_put_off_as_long_as_the_first_and_its_own_wait() -> None:
    push, sms = created(key="door", max_wait=timedelta(minutes=1))
    assert (push.max_wait_seconds, sms.max_wait_seconds) == (60, 360)


def test_each_target_may_have_its_own_address() -> None:
    push, sms = created(to={"push": "ExponentPushToken[a]", "sms": "+43664123456"})
    assert (push.to, sms.to) == ((Recipient(address="ExponentPushToken[a]"),), (Recipient(address="+43664123456"),))


def test_one_person_has_one_user_on_all_targets() -> None:
    push, sms = created(to={"push": Recipient(address="ExponentPushToken[a]", user="42"), "sms": "+43664123456"})
    assert (push.to[0].user, sms.to[0].user) == ("42", "42")


def test_several_people_are_told_apart_by_their_users() -> None:
    addresses = {"push": "ExponentPushToken[{}]", "sms": "+4366412345{}"}
    people = {way: [Recipient(address=one.format(user), user=user) for user in "12"] for way, one in addresses.items()}
    push, sms = created(to=people)
    assert ([each.user for each in push.to], [each.user for each in sms.to]) == (["1", "2"], ["1", "2"])


def test_addresses_by_target_need_no_fallback() -> None:
    email, sms = created(target=["email", "sms"], fallback=None, to={"sms": "+43664123456", "email": "amy@example.org"})
    assert (email.to[0].address, sms.to[0].address) == ("amy@example.org", "+43664123456")
    assert not email.chain


def test_an_audience_may_have_a_fallback() -> None:
    assert [event.audience for event in created(to=None, audience="everyone")] == ["everyone"] * 2


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"fallback": "sms"}, "fallback", "must be a Fallback"),
        ({"fallback": ["sms"]}, "fallback", "must be a Fallback"),
        ({"fallback": 7}, "fallback", "must be a Fallback"),
        ({"fallback": Fallback("fax", after=FIVE)}, "fallback", "'fax' is unknown; known are"),
        ({"fallback": Fallback("push", after=FIVE)}, "fallback", "a target twice"),
        ({"fallback": [SMS, SMS]}, "fallback", "a target twice"),
        ({"fallback": Fallback("sms", after=timedelta(0))}, "fallback", "above 0"),
        ({"fallback": Fallback("sms", after=timedelta(days=31))}, "fallback", "30 days"),
        ({"fallback": Fallback("sms", after=300)}, "fallback", "must be a timedelta"),  # type: ignore[arg-type]
        ({"fallback": [Fallback(name, after=FIVE) for name in TARGETS[3:]]}, "fallback", "at most 9"),
        ({"target": ["push", "email"]}, "fallback", "goes with one target"),
        ({"digest": Digest(window=FIVE)}, "fallback", "goes with no digest"),
        ({"expires": FIVE}, "fallback", "sms would be due when the event has expired"),
        ({"to": "ExponentPushToken[a]"}, "to", "an address is of one target"),
        ({"to": [User("42"), "ExponentPushToken[a]"]}, "to", "an address is of one target"),
        ({"to": {"push": "ExponentPushToken[a]"}}, "to", "names nobody for sms"),
        (
            {"to": {"push": "ExponentPushToken[a]", "sms": "+43664123456", "email": "a@b"}},
            "to",
            "'email' is no target of the event",
        ),
        ({"to": {"push": "ExponentPushToken[a]", "sms": ["+43664123456", ""]}}, r"to\['sms'\]\[1\]", "not empty"),
        ({"to": {"push": [], "sms": "+43664123456"}}, r"to\['push'\]", "is empty"),
        ({"to": {"push": "ExponentPushToken[a]", "sms": ["+43664123456", "+49170123456"]}}, "to", "need a user each"),
        (
            {
                "to": {
                    "push": Recipient(address="ExponentPushToken[a]", user="1"),
                    "sms": Recipient(address="+43664123456", user="2"),
                }
            },
            "to",
            "different users for one person: 1, 2",
        ),
    ],
)
def test_a_fallback_that_cannot_be_is_refused_with_the_fix(fields: dict[str, object], field: str, problem: str) -> None:
    with pytest.raises(InvalidEvent, match=f"{field}.*{problem}"):
        created(**fields)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"target": "email"}, "must name its own target"),
        ({"chain": (Step(target="push"), Step(target="push"))}, "each target once"),
        ({"to": (Recipient(address="a"), Recipient(address="b", user="2"))}, "needs a user"),
    ],
)
def test_a_chain_that_means_nothing_is_not_read(changes: dict[str, object], problem: str) -> None:
    push, _ = created()
    with pytest.raises(Malformed, match=problem):
        decode(encode(replace(push, **changes)))
