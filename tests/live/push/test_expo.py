"""Push messages through a double of Expo's service on a socket: batches, tickets, and what follows from them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import uuid4

import pytest
from columba_consumers import PushMessage
from columba_consumers.errors import (
    DeliveryError,
    InvalidMessage,
    NetworkTrouble,
    Permanent,
    RecipientDead,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
)
from columba_consumers.targets.push import PushTarget
from columba_consumers.targets.slotted import SlottedTarget
from columba_consumers.targets.target import DeliveryRef, Receipt
from columba_consumers.testing import check_target

from tests.services.expo_double import Expo, token
from tests.services.http_double import Asked, Cut, HttpDouble, Said, http_double, http_double_apart, said
from tests.services.ports import LOOPBACK, free_ports
from tests.services.target_env import env_of

HELLO: Final = PushMessage(title="Hello", body="You")
NONE: Final = None


@asynccontextmanager
async def pushing(expo: Expo, more: Mapping[str, str] | None = None) -> AsyncIterator[tuple[SlottedTarget, HttpDouble]]:
    """Give a target that leads to a double."""
    async with http_double(expo.answer) as double:
        variables = {"COLUMBA_PUSH_URL": double.url, "COLUMBA_PUSH_TIMEOUT": "5", **(more or {})}
        target = SlottedTarget(PushTarget(env_of(PushTarget, variables)))
        try:
            yield target, double
        finally:
            await target.close()


async def push(target: SlottedTarget, to: str, message: PushMessage = HELLO) -> Receipt:
    """Make one delivery as the core does."""
    async with target.slot() as slot:
        reference = DeliveryRef(id=uuid4(), event_id=uuid4(), kind="order.sent", address=to, name=None, attempt=1)
        return await slot.deliver(message, reference)


async def results(target: SlottedTarget, devices: Sequence[str]) -> list[str]:
    """Return the kinds of what comes of deliveries made at once."""
    found = await asyncio.gather(*(push(target, each) for each in devices), return_exceptions=True)
    return [type(each).__name__ for each in found]


async def test_it_is_what_columba_expects_of_a_target() -> None:
    expo = Expo(errors={token("gone"): "DeviceNotRegistered"})
    with http_double_apart(expo.answer) as double:
        await check_target(
            PushTarget,
            message=HELLO,
            address=token("a"),
            settings={"COLUMBA_PUSH_URL": double.url},
            unreachable={"COLUMBA_PUSH_URL": f"http://{LOOPBACK}:{next(free_ports())}"},
            refused={token("gone"): RecipientDead},
        )


async def test_a_message_says_all_that_a_channel_has() -> None:
    expo = Expo(access_token="secret")
    message = PushMessage(
        title="Hello",
        subtitle="again",
        body="You",
        data={"order": 42, "lines": [1]},
        sound="bell.wav",
        badge=0,
        priority="high",
        ttl=timedelta(hours=1),
        channel_id="orders",
        category_id="answer",
        interruption_level="time-sensitive",
    )
    async with pushing(expo, {"COLUMBA_PUSH_TOKEN": "secret"}) as (target, _):
        receipt = await push(target, token("a"), message)
    assert expo.taken == [
        {
            "to": token("a"),
            "title": "Hello",
            "subtitle": "again",
            "body": "You",
            "data": {"order": 42, "lines": [1]},
            "sound": "bell.wav",
            "badge": 0,
            "priority": "high",
            "ttl": 3600,
            "channelId": "orders",
            "categoryId": "answer",
            "interruptionLevel": "time-sensitive",
        }
    ]
    assert expo.tickets[receipt.provider_id or ""] == token("a")


async def test_deliveries_of_a_moment_go_together_a_hundred_at_most_and_packed() -> None:
    expo = Expo()
    async with pushing(expo) as (target, double):
        devices = [token(f"{number}") for number in range(250)]
        receipts = await asyncio.gather(*(push(target, each) for each in devices))
    assert [expo.tickets[each.provider_id or ""] for each in receipts] == devices
    assert sum(expo.batches) == 250
    assert max(expo.batches) <= 100
    assert len(expo.batches) < 25
    unpacked = [asked for asked in double.requests if asked.headers.get("content-encoding") != "gzip"]
    assert all(len(asked.body) <= 1024 for asked in unpacked)
    assert len(unpacked) < len(double.requests)


async def test_each_ticket_of_a_batch_is_of_its_own_delivery() -> None:
    named = {
        token("gone"): ("DeviceNotRegistered", RecipientDead),
        token("big"): ("MessageTooBig", Permanent),
        token("often"): ("MessageRateExceeded", Temporary),
        token("keys"): ("InvalidCredentials", Temporary),
        token("other"): ("SomethingNew", Temporary),
    }
    expo = Expo(errors={device: error for device, (error, _) in named.items()})
    async with pushing(expo) as (target, _):
        found = await results(target, [token("a"), *named, token("b")])
    assert found == ["Receipt", *(kind.__name__ for _, kind in named.values()), "Receipt"]
    assert expo.batches == [7]


async def test_one_message_that_has_a_batch_refused_stands_alone_in_the_end() -> None:
    expo = Expo(invalid={token("5")})
    async with pushing(expo) as (target, _):
        found = await results(target, [token(f"{number}") for number in range(16)])
    assert found == ["Receipt"] * 5 + ["Permanent"] + ["Receipt"] * 10
    assert len(expo.taken) == 15


async def test_devices_of_several_apps_go_apart() -> None:
    expo = Expo()
    async with pushing(expo) as (target, _):
        found = await results(target, [token(each) for each in ("a:1", "b:1", "a:2", "b:2", "c:1")])
    assert found == ["Receipt"] * 5
    assert sorted(expo.batches) == [1, 2, 2, 5]


ANSWERS: Final = [(429, Throttled, 7), (500, Temporary, NONE), (503, TargetDown, NONE), (504, Unknown, NONE)]


@pytest.mark.parametrize(("status", "kind", "after"), ANSWERS, ids=[str(each[0]) for each in ANSWERS])
async def test_an_answer_about_all_of_it_means_this(status: int, kind: type[DeliveryError], after: int | None) -> None:
    async with pushing(Expo(status=status)) as (target, _):
        with pytest.raises(DeliveryError) as caught:
            await push(target, token("a"))
    assert type(caught.value) is kind
    assert getattr(caught.value, "after", None) == (None if after is None else timedelta(seconds=after))


async def test_a_token_that_expo_does_not_take_is_nobodys_delivery() -> None:
    async with pushing(Expo(access_token="secret")) as (target, _):
        with pytest.raises(TargetDown, match="UNAUTHORIZED"):
            await push(target, token("a"))
        with pytest.raises(TargetDown, match="UNAUTHORIZED"):
            await target.probe()


async def test_an_url_that_is_not_expos_is_down_and_costs_no_message() -> None:
    def answer(_: Asked) -> Said:
        return Said(status=status, headers={"Location": "https://example.com/"}, body=b"<h1>Welcome to nginx</h1>")

    async with pushing(Expo()) as (target, double):
        double.answer = answer
        for status in (301, 302, 404, 405, 410):
            with pytest.raises(TargetDown, match=f"{status} "):
                await push(target, token("a"))
            with pytest.raises(TargetDown, match=f"{status} "):
                await target.probe()
        status = 200
        with pytest.raises(TargetDown, match="200, and nothing of Expo's"):
            await target.probe()


async def test_where_expo_may_have_them_and_says_nothing_all_are_in_doubt() -> None:
    expo = Expo(cut=Cut.AFTER_READING)
    async with pushing(expo) as (target, _):
        assert await results(target, [token("a"), token("b")]) == ["Unknown", "Unknown"]
    assert len(expo.taken) == 2


async def test_where_tickets_are_missing_nobody_knows_whose() -> None:
    async with pushing(Expo(lost=1)) as (target, _):
        assert await results(target, [token("a"), token("b")]) == ["Unknown", "Unknown"]


def _odd(expo: Expo, *answers: Said) -> Callable[[Asked], Said | Cut]:
    """Answer so to what is sent first, and then as Expo does."""
    left = list(answers)
    return lambda asked: left.pop(0) if left else expo.answer(asked)


async def test_an_answer_that_nobody_understands_leaves_all_in_doubt() -> None:
    expo = Expo()
    details = {token("a"): [token("a")], "app": 7}
    odd = said(400, {"errors": [{"code": "PUSH_TOO_MANY_EXPERIENCE_IDS", "message": "no", "details": details}]})
    async with pushing(expo) as (target, double):
        double.answer = _odd(expo, odd)
        assert await results(target, [token("a"), token("b")]) == ["Unknown", "Unknown"]


async def test_what_is_odd_about_one_part_of_a_batch_is_no_other_parts() -> None:
    expo = Expo()
    halves = said(400, {"errors": [{"code": "VALIDATION_ERROR", "message": "no"}]})
    details = {token("c"): 7, token("d"): [token("d")]}
    odd = said(400, {"errors": [{"code": "PUSH_TOO_MANY_EXPERIENCE_IDS", "message": "no", "details": details}]})
    async with pushing(expo) as (target, double):
        double.answer = _odd(expo, halves, odd)
        found = await results(target, [token(each) for each in "abcd"])
    assert found == ["Unknown", "Unknown", "Receipt", "Receipt"]
    assert [each["to"] for each in expo.taken] == [token("c"), token("d")]


async def test_where_nobody_is_reached_expo_is_down() -> None:
    variables = {"COLUMBA_PUSH_URL": f"http://{LOOPBACK}:{next(free_ports())}"}
    target = SlottedTarget(PushTarget(env_of(PushTarget, variables)))
    assert (await results(target, [token("a")]))[0] in {TargetDown.__name__, NetworkTrouble.__name__}
    await target.close()


async def test_what_is_too_large_is_refused_before_anybody_is_asked() -> None:
    async with pushing(Expo()) as (target, double):
        for message in (
            PushMessage(body="a" * 4090),
            PushMessage(body="\u00e4" * 2048),
            PushMessage(data={"a": object()}),
            PushMessage(data={"a": {("tuple", 1): 2}}),
            PushMessage(title="half a \ud83d"),
            PushMessage(data={"a": ["\udc00"]}),
        ):
            with pytest.raises(InvalidMessage):
                await push(target, token("a"), message)
        assert double.connections == 0
        await push(target, token("a"), PushMessage(body="a" * 4080))


async def test_what_is_posted_is_what_was_found_to_be_json() -> None:
    async with pushing(Expo()) as (target, double):
        odd = PushMessage(data={"ratio": float("nan"), "most": float("inf"), "name": "ä"})
        first, second = await asyncio.gather(push(target, token("a"), odd), push(target, token("b")))
    (asked,) = double.requests
    assert json.loads(asked.plain, parse_constant=pytest.fail) == [
        {"to": token("a"), "data": {"ratio": None, "most": None, "name": "ä"}},
        {"to": token("b"), "title": "Hello", "body": "You"},
    ]
    assert [json.loads(each.message or b"") for each in (first, second)] == asked.json


async def test_of_deliveries_that_are_cancelled_the_others_go_on() -> None:
    expo = Expo()
    async with pushing(expo) as (target, _):
        tasks = [asyncio.ensure_future(push(target, token(f"{number}"))) for number in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each).__name__ for each in found] == ["Receipt", "CancelledError", "Receipt", "Receipt"]
    assert [each["to"] for each in expo.taken] == [token("0"), token("2"), token("3")]
