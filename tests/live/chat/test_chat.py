"""Chat by Apprise's services to a server on a socket: what arrives, and what follows from what the server does."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from columba_consumers import ChatMessage
from columba_consumers.app import App
from columba_consumers.errors import DeliveryError, NoRoom, Permanent, TargetDown, Temporary, Throttled, Unknown
from columba_consumers.targets import DeliveryRef, Receipt
from columba_consumers.targets.chat import ChatTarget
from columba_consumers.targets.kit import TargetKit
from columba_consumers.targets.registry import Registry
from columba_consumers.targets.target import Target
from columba_consumers.testing import check_target
from columba_shared.errors import InvalidSetting
from columba_shared.settings import Settings

from tests.services.chat_server import ChatServer
from tests.services.ports import free_ports
from tests.system.system import until

# What a service that Apprise loads needs, and nobody here asks for, says of itself on Python 3.11.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

HELLO = ChatMessage(text="The disk of db1 is full ✓", title="Disk full")


def kit(urls: str, more: Mapping[str, str] | None = None) -> TargetKit:
    environ = {"COLUMBA_TARGETS": "chat", "COLUMBA_CHAT_URLS": urls, **(more or {})}
    settings = Settings.from_env(environ, directory=Path("/"))
    return Registry(settings=settings, app=App.empty(), installed={}).kit("chat")


def target(urls: str, more: Mapping[str, str] | None = None) -> Target:
    return kit(urls, more).target


async def say(urls: str, message: ChatMessage = HELLO, *, to: str = "ops", seconds: str = "20") -> Receipt:
    made = target(urls, {"COLUMBA_CHAT_TIMEOUT": seconds})
    reference = DeliveryRef(id=uuid4(), event_id=uuid4(), kind="a.b", address=to, name=None, attempt=1)
    try:
        async with made.slot() as slot:
            return await slot.deliver(message, reference)
    finally:
        await made.close()


async def failed(urls: str, message: ChatMessage = HELLO, **how: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await say(urls, message, **how)
    return caught.value


def at(server: ChatServer, path: str) -> list[dict[str, object]]:
    return [given for where, given in server.taken if where == path]


async def test_it_passes_the_conformance_suite(server: ChatServer) -> None:
    nowhere = next(free_ports())
    place = server.place
    await check_target(
        ChatTarget,
        message=HELLO,
        address="ops",
        settings={"COLUMBA_CHAT_URLS": f"ops=json://{place}/suite; no=json://{place}/refused; hot=json://{place}/busy"},
        unreachable={"COLUMBA_CHAT_URLS": f"ops=json://127.0.0.1:{nowhere}/suite"},
        refused={"no": Permanent, "hot": Throttled},
        patience=60,
    )
    assert len(at(server, "/suite")) >= 10


async def test_what_is_said_arrives_under_the_destinations_name(server: ChatServer) -> None:
    receipt = await say(f"ops=json://{server.place}/alerts; desk=mmost://{server.place}/token-of-the-desk", to="desk")
    assert receipt.reply == "200 from Mattermost"
    (given,) = at(server, "/hooks/token-of-the-desk")
    assert "The disk of db1 is full ✓" in str(given["text"])
    assert "Disk full" in str(given["text"])
    assert not at(server, "/alerts")


async def test_a_text_is_converted_to_what_the_service_takes(server: ChatServer) -> None:
    message = ChatMessage(text="<p>It is <b>full</b></p>", format="html")
    await say(f"ops=json://{server.place}/converted?format=text", message)
    (given,) = at(server, "/converted")
    assert str(given["message"]).split() == ["It", "is", "full"]


@pytest.mark.parametrize(
    ("path", "error", "told"),
    [
        ("refused", Permanent, "400 Bad Request: invalid payload"),
        ("ill", Temporary, "500 Internal Server Error: out of order"),
        ("denied", TargetDown, "401 Unauthorized: bad token *** at ***"),
        ("moved", Permanent, "302 Found"),
        ("cut", Unknown, "after the request, before the reply"),
        ("broken-off", Unknown, "ChunkedEncodingError (after the request, before the reply)"),
        ("refused-and-broken-off", Permanent, "400 Bad Request"),
    ],
)
async def test_an_answer_means_this(server: ChatServer, path: str, error: type[DeliveryError], told: str) -> None:
    found = await failed(f"ops=json://{server.place}/{path}-1234567?:key=sesame-open-7")
    assert type(found) is error
    assert told in found.reply
    assert f"{path}-1234567" not in str(found.reply)
    if isinstance(found, TargetDown):
        assert found.destination == "ops"


async def test_a_limit_is_obeyed_for_as_long_as_the_service_says(server: ChatServer) -> None:
    found = await failed(f"ops=json://{server.place}/busy")
    assert isinstance(found, Throttled)
    assert (found.after, found.destination) == (timedelta(seconds=17), "ops")


async def test_silence_is_in_doubt_and_lasts_no_longer_than_it_may(server: ChatServer) -> None:
    began = time.monotonic()
    found = await failed(f"ops=json://{server.place}/silent", seconds="2")
    assert isinstance(found, Unknown)
    assert time.monotonic() - began < 15


async def test_a_service_that_nobody_reaches_is_down_and_its_secret_is_not_told() -> None:
    found = await failed(f"ops=json://127.0.0.1:{next(free_ports())}/sesame-open-7")
    assert isinstance(found, TargetDown)
    assert (found.destination, "refused" in found.reply, "sesame" in found.reply) == ("ops", True, False)


async def test_what_arrived_in_part_is_in_doubt(server: ChatServer) -> None:
    long = ChatMessage(text="word " * 6500)
    found = await failed(f"ops=mmost://{server.place}/half-of-it?overflow=split", long)
    assert isinstance(found, Unknown)
    assert "part" in found.reply


async def test_a_doubt_about_one_part_is_one_about_all_of_it(server: ChatServer) -> None:
    found = await failed(f"ops=mmost://{server.place}/doubt-then-no?overflow=split", ChatMessage(text="word " * 6500))
    assert isinstance(found, Unknown)
    assert "504" in found.reply


@pytest.mark.parametrize("url", ["slak://sesame-open-7", "slack://sesame-open-7", "json://a,b"])
async def test_a_wrong_url_is_told_by_name_and_harms_no_other(server: ChatServer, url: str) -> None:
    urls = f"ops={url}; desk=json://{server.place}/beside-a-wrong-one"
    assert (await say(urls, to="desk")).reply == "200 from JSON"
    found = await failed(urls)
    assert isinstance(found, TargetDown)
    assert found.destination == "ops"
    made = kit(urls)
    await made.target.probe()  # which would keep all destinations waiting for the one
    ops, desk = made.checks
    assert (ops.about, desk.about) == ("ops", "desk")
    await desk.probe()
    with pytest.raises(TargetDown) as caught:
        await ops.probe()
    await made.target.close()
    assert "sesame" not in caught.value.reply + found.reply
    assert ("knows no service slak://" in found.reply) == url.startswith("slak")


async def test_where_no_destination_answers_all_of_it_is_down() -> None:
    nowhere = next(free_ports())
    made = target(f"ops=slack://sesame-open-7; desk=json://127.0.0.1:{nowhere}/")
    with pytest.raises(TargetDown, match=r"^ops: .*; desk: "):
        await made.probe()
    await made.close()


def test_without_destinations_the_fix_is_said() -> None:
    with pytest.raises(InvalidSetting, match="COLUMBA_CHAT_URLS: is needed"):
        target("")


async def test_several_places_behind_one_name_are_refused() -> None:
    found = await failed("ops=tgram://123456789:abcdefg_hijklmnop/12315544/12315545")
    assert "several places" in found.reply


async def test_who_waits_too_long_for_others_there_spends_nothing(server: ChatServer) -> None:
    made = target(f"ops=json://{server.place}/silent-for-two", {"COLUMBA_CHAT_TIMEOUT": "2"})
    reference = DeliveryRef(id=uuid4(), event_id=uuid4(), kind="a.b", address="ops", name=None, attempt=1)
    async with made.slot() as one, made.slot() as other:
        both = await asyncio.gather(*(each.deliver(HELLO, reference) for each in (one, other)), return_exceptions=True)
    await made.close()
    assert [type(each) for each in both] == [Unknown, NoRoom]


async def test_the_event_loop_goes_on_meanwhile(server: ChatServer) -> None:
    saying = asyncio.create_task(say(f"ops=json://{server.place}/silent-too"))
    async with asyncio.timeout(30):
        while "/silent-too" not in server.asked:  # noqa: ASYNC110 - it is this loop that is looked at
            await asyncio.sleep(0.01)
    assert not saying.done(), "this came to look only when the waiting was over"
    saying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saying


async def test_whoever_lets_go_of_a_silent_service_keeps_nobody_else_waiting(server: ChatServer) -> None:
    made = target(f"ops=json://{server.place}/silent-at-first")
    reference = DeliveryRef(id=uuid4(), event_id=uuid4(), kind="a.b", address="ops", name=None, attempt=1)
    async with made.slot() as slot, asyncio.timeout(30):
        under_way = asyncio.create_task(slot.deliver(HELLO, reference))
        await asyncio.to_thread(until, lambda: "/silent-at-first" in server.asked, "it is asked")
        under_way.cancel()
        with pytest.raises(asyncio.CancelledError):
            await under_way
        assert (await slot.deliver(HELLO, reference)).reply == "200 from JSON"
    await made.close()
