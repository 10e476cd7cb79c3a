"""Who belongs to an audience: whichever way the app says it, and what is said of what is nobody."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from columba_consumers.app import Audience
from columba_consumers.delivery.members import members, take
from columba_consumers.errors import Permanent
from columba_shared.event import MAX_ADDRESS_LENGTH, MAX_NAME_LENGTH, Event, Recipient
from columba_shared.identity import event_id
from columba_shared.user import User

EVENT = Event(
    id=event_id(),
    kind="invoice.ready",
    target="email",
    to=(),
    audience="subscribers",
    created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
)
PEOPLE = ("a@example.org", "b@example.org", "c@example.org")
FORTY_TWO = Recipient(address="user:42", user="42")


def of(function: Callable[[Event], Any]) -> Iterator[Recipient]:
    return members(Audience(name="subscribers", function=function), EVENT)


def refusal(member: object) -> str:
    with pytest.raises(Permanent) as caught:
        list(of(lambda _event: ["a@example.org", member]))
    return str(caught.value)


def generated(_event: Event) -> Iterator[str]:
    yield from PEOPLE


async def generated_later(_event: Event) -> AsyncIterator[str]:
    for each in PEOPLE:
        yield each


async def returned_later(_event: Event) -> list[str]:
    return list(PEOPLE)


async def a_generator_returned_later(event: Event) -> AsyncIterator[str]:
    return generated_later(event)


@pytest.mark.parametrize(
    "function",
    [
        lambda _event: PEOPLE,
        lambda _event: list(PEOPLE),
        lambda _event: dict.fromkeys(PEOPLE).keys(),
        generated,
        generated_later,
        returned_later,
        a_generator_returned_later,
    ],
    ids=["tuple", "list", "view", "generator", "async generator", "coroutine", "coroutine of an async generator"],
)
def test_an_audience_may_be_given_in_any_usual_way(function: Callable[[Event], Any]) -> None:
    assert [each.address for each in of(function)] == list(PEOPLE)


def test_an_audience_is_asked_with_the_event() -> None:
    assert [each.address for each in of(lambda event: [f"{event.id}@example.org"])] == [f"{EVENT.id}@example.org"]


@pytest.mark.parametrize(
    ("member", "recipient"),
    [
        ("bob@example.org", Recipient(address="bob@example.org")),
        (
            Recipient(address="bob@example.org", name="Bob", context={"discount": 5}),
            Recipient(address="bob@example.org", name="Bob", context={"discount": 5}),
        ),
        (User("42"), FORTY_TWO),
        ("user:42", FORTY_TWO),
        (Recipient(address="user:42", name="Bob"), FORTY_TWO),
    ],
)
def test_a_member_is_an_address_a_recipient_or_a_user(member: object, recipient: Recipient) -> None:
    assert list(of(lambda _event: [member])) == [recipient]


@pytest.mark.parametrize(
    ("member", "said"),
    [
        (42, "int, which is no address, Recipient or User"),
        (None, "NoneType"),
        (b"bob@example.org", "bytes"),
        ("", f"the address '': 1 to {MAX_ADDRESS_LENGTH} characters"),
        ("x" * (MAX_ADDRESS_LENGTH + 1), f"1 to {MAX_ADDRESS_LENGTH} characters"),
        (Recipient(address=""), "a Recipient that cannot be kept"),
        ("bo\x00b@example.org", r"the address 'bo\x00b@example.org': a character that cannot be kept"),
        ("bo\udc80b@example.org", "a character that cannot be kept"),
        (User("4\x002"), "a character that cannot be kept"),
        ("user:4\x002", "a character that cannot be kept"),
        (Recipient(address="bob@example.org", user="4\x002"), "a character that cannot be kept"),
        ("audience:others", "an audience has no audiences in it"),
        (User(""), f"1 to {MAX_NAME_LENGTH} characters"),
        (User("x" * (MAX_NAME_LENGTH + 1)), f"1 to {MAX_NAME_LENGTH} characters"),
        (User(42), "a User whose id is 42"),  # type: ignore[arg-type]  # that it is refused is the point
        ("user:", f"1 to {MAX_NAME_LENGTH} characters"),
        ("user:" + "x" * (MAX_NAME_LENGTH + 1), f"1 to {MAX_NAME_LENGTH} characters"),
        (Recipient(address="user:"), f"1 to {MAX_NAME_LENGTH} characters"),
        (Recipient(address="bob@example.org", context={"at": object()}), "a Recipient that cannot be kept"),
        (Recipient(address=7), "a Recipient that cannot be kept"),  # type: ignore[arg-type]  # as above
    ],
)
def test_what_is_nobody_is_told_with_its_number_and_the_function(member: object, said: str) -> None:
    told = refusal(member)
    assert told.startswith(f"audience 'subscribers' ({__name__}:refusal.<locals>.<lambda>) yielded as its no. 2 ")
    assert said in told


@pytest.mark.parametrize("given", ["bob@example.org", b"bob", {"bob@example.org": 1}, None, 42])
def test_what_is_no_list_of_members_is_refused(given: object) -> None:
    with pytest.raises(Permanent, match=f"returned {type(given).__name__}: yield addresses, Recipients or Users"):
        list(of(lambda _event: given))


def test_members_before_the_one_that_is_nobody_are_taken_first() -> None:
    found = of(lambda _event: ["a@example.org", 42])
    assert next(found).address == "a@example.org"
    with pytest.raises(Permanent):
        next(found)


def test_what_the_app_raises_is_raised_as_it_is() -> None:
    def broken(_event: Event) -> Iterator[str]:
        yield "a@example.org"
        raise KeyError("the shop's database")

    with pytest.raises(KeyError):
        list(of(broken))


def test_members_are_taken_a_slice_at_a_time_and_no_further() -> None:
    asked: list[int] = []

    def counted(_event: Event) -> Iterator[str]:
        for number in range(5):
            asked.append(number)
            yield f"{number}@example.org"

    found = of(counted)
    sizes = [len(take(found, 2)) for _ in range(2)]
    assert (sizes, asked) == ([2, 2], [0, 1, 2, 3])
    assert [len(take(found, 2)) for _ in range(2)] == [1, 0]


def test_many_that_come_asynchronously_all_come() -> None:
    async def many(_event: Event) -> AsyncIterator[str]:
        for number in range(1_201):
            yield f"{number}@example.org"

    assert [each.address for each in of(many)] == [f"{number}@example.org" for number in range(1_201)]
