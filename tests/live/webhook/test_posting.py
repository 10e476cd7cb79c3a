"""Webhooks on real sockets: what is posted, and what follows from an answer or from none."""

import asyncio
import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from columba_consumers import WebhookMessage
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
from columba_consumers.targets.webhook import WebhookTarget
from columba_consumers.testing import check_target

from tests.live.webhook.posting import post, webhooks
from tests.services.http_double import Cut, Said, http_double, http_double_apart
from tests.services.ports import LOOPBACK, free_ports
from tests.system.system import until

OLD: Final = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW: Final = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
NONE: Final = None


async def test_what_is_posted_is_signed_with_every_secret_and_says_when() -> None:
    chosen = {"COLUMBA_WEBHOOK_ALLOW": "127.0.0.0/8", "COLUMBA_WEBHOOK_SECRETS": f"whsec_{NEW},whsec_{OLD}"}
    now = datetime(2026, 11, 22, tzinfo=UTC)
    async with http_double(lambda _: Said(body=b"thanks")) as double, webhooks(chosen, clock=lambda: now) as target:
        message = WebhookMessage(body={"number": 42, "text": "ä"}, headers={"X-Shop": "a"})
        receipt = await post(target, f"{double.url}/hooks?a=b", message)
    (asked,) = double.requests
    assert (asked.method, asked.path, asked.json) == ("POST", "/hooks?a=b", {"number": 42, "text": "ä"})
    assert (asked.headers["content-type"], asked.headers["x-shop"]) == ("application/json", "a")
    assert asked.headers["webhook-timestamp"] == str(int(now.timestamp()))
    content = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.body
    wanted = [
        f"v1,{b64encode(hmac.digest(b64decode(secret), content, hashlib.sha256)).decode()}" for secret in (NEW, OLD)
    ]
    assert asked.headers["webhook-signature"].split(" ") == wanted
    assert (receipt.reply, receipt.message) == ("200 OK: thanks", asked.body)


async def test_it_is_what_columba_expects_of_a_target() -> None:
    with http_double_apart(lambda asked: Said(status=410 if asked.path == "/gone" else 200)) as double:
        await check_target(
            WebhookTarget,
            message=WebhookMessage(body={"number": 42}),
            address=f"{double.url}/hooks",
            settings={"COLUMBA_WEBHOOK_ALLOW": "127.0.0.0/8"},
            refused={f"{double.url}/gone": RecipientDead, "http://10.0.0.1/": Permanent},
        )


async def test_json_that_is_written_already_goes_as_it_is() -> None:
    text = '{ "b": 1.0,\n "a": 2 }'
    async with http_double(lambda _: Said(status=204)) as double, webhooks() as target:
        await post(target, double.url, WebhookMessage(text=text))
    assert double.requests[0].body == text.encode()


ANSWERS: Final = [
    (302, {}, Permanent, NONE),
    (400, {}, Temporary, NONE),
    (401, {}, Temporary, NONE),
    (404, {}, Temporary, NONE),
    (404, {"Retry-After": "60"}, Temporary, 60),
    (410, {}, RecipientDead, NONE),
    (429, {}, Throttled, NONE),
    (429, {"Retry-After": "7"}, Throttled, 7),
    (500, {}, Temporary, NONE),
    (502, {}, Temporary, NONE),
    (502, {"Retry-After": "8"}, Throttled, 8),
    (503, {}, Temporary, NONE),
    (503, {"Retry-After": "9"}, Throttled, 9),
    (504, {"Retry-After": "10"}, Throttled, 10),
]


@pytest.mark.parametrize(("status", "headers", "kind", "after"), ANSWERS, ids=range(len(ANSWERS)))
async def test_an_answer_means_this(
    status: int, headers: dict[str, str], kind: type[DeliveryError], after: int | None
) -> None:
    async with http_double(lambda _: Said(status=status, headers=headers, body=b"in words")) as double:
        error = await failed(double.url)
    assert (type(error), error.code) == (kind, str(status))
    assert error.reply.startswith(str(status))
    assert "in words" in error.reply
    assert getattr(error, "after", None) == (None if after is None else timedelta(seconds=after))
    assert getattr(error, "destination", LOOPBACK) == LOOPBACK


async def test_of_an_answer_a_line_is_kept() -> None:
    async with http_double(lambda _: Said(status=500, body=b"a\x00b\r\n" + b"c" * 100_000)) as double:
        error = await failed(double.url)
    assert len(error.reply) <= 500
    assert error.reply.isprintable()


async def test_who_is_not_there_costs_an_attempt_so_that_nobody_waits_for_them_for_ever() -> None:
    assert type(await failed(f"http://{LOOPBACK}:{next(free_ports())}/")) is NetworkTrouble


@pytest.mark.parametrize("cut", [Cut.BEFORE_READING, Cut.AFTER_READING])
async def test_a_connection_that_is_cut_leaves_it_in_doubt(cut: Cut) -> None:
    async with http_double(lambda _: Said(), cut=cut) as double:
        assert type(await failed(double.url)) is Unknown


async def test_a_host_that_says_nothing_is_left_alone_for_a_moment_and_its_neighbours_are_not() -> None:
    chosen = {"COLUMBA_WEBHOOK_ALLOW": "127.0.0.0/8", "COLUMBA_WEBHOOK_TIMEOUT": "3"}
    async with (
        http_double(lambda _: Said(), cut=Cut.SILENCE) as silent,
        http_double(lambda _: Said(), host="127.0.0.2") as other,
        webhooks(chosen) as target,
    ):
        with pytest.raises(Unknown):
            await post(target, silent.url)
        with pytest.raises(TargetDown, match="left alone") as caught:
            await post(target, f"{silent.url}/another")
        assert caught.value.destination == LOOPBACK
        assert len(silent.requests) == 1
        assert (await post(target, f"http://127.0.0.2:{other.port}/")).reply == "200 OK"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_why_a_host_is_left_alone_says_nothing_of_anybodys_url(scheme: str) -> None:
    chosen = {"COLUMBA_WEBHOOK_ALLOW": "127.0.0.0/8", "COLUMBA_WEBHOOK_TIMEOUT": "3"}
    async with http_double(lambda _: Said(), cut=Cut.SILENCE) as silent, webhooks(chosen) as target:
        said = []
        for path in ("/hooks/SECRET?token=SECRET", "/another"):
            with pytest.raises(DeliveryError) as caught:
                await post(target, f"{scheme}://{LOOPBACK}:{silent.port}{path}")
            said.append(f"{caught.value.reply} {caught.value}")
        assert "left alone" in said[1]
        assert "SECRET" not in " ".join(said)


async def test_who_drips_a_body_has_it_and_holds_nobody_up() -> None:
    async with http_double(lambda _: Said(body=b"half", length=100)) as double, webhooks() as target:
        async with asyncio.timeout(15):  # and not the twenty seconds that one may take to answer
            assert (await post(target, double.url)).reply == "200 OK: half"


async def test_connections_to_hosts_that_nobody_posts_to_any_more_are_closed_soon() -> None:
    async with http_double(lambda _: Said(), host="0.0.0.0") as double, webhooks() as target:  # noqa: S104 - all of loopback
        await asyncio.gather(*(post(target, f"http://127.0.0.{last}:{double.port}/") for last in range(1, 31)))
        assert double.connections == 30
        await asyncio.to_thread(until, lambda: not double.open, "idle connections closed", seconds=12)


async def test_what_is_posted_to_is_what_its_secret_was_chosen_by() -> None:
    secrets = f"{LOOPBACK}/hooks/a=whsec_{NEW}; {LOOPBACK}=whsec_{NEW},whsec_{OLD}"
    chosen = {"COLUMBA_WEBHOOK_ALLOW": "127.0.0.0/8", "COLUMBA_WEBHOOK_SECRETS": secrets}
    async with http_double(lambda _: Said()) as double, webhooks(chosen) as target:
        for path in ("/hooks/%61?x=%2Ft%3a", "/hooks%2fa"):
            await post(target, f"{double.url}{path}")
    paths = [(asked.path, len(asked.headers["webhook-signature"].split())) for asked in double.requests]
    assert paths == [("/hooks/a?x=%2Ft%3a", 1), ("/hooks%2Fa", 2)]


async def test_an_attempt_of_many_keeps_its_connections() -> None:
    async with http_double(lambda _: Said()) as double, webhooks() as target:
        for _ in range(3):
            await asyncio.gather(*(post(target, double.url) for _ in range(20)))
        assert len({asked.headers["webhook-id"] for asked in double.requests}) == 60
        assert double.connections <= 20


async def test_what_cannot_be_written_as_json_is_refused_before_anybody_is_asked() -> None:
    async with http_double(lambda _: Said()) as double, webhooks() as target:
        for body in (object(), "a" * 1_100_000, {"a": {1, object()}}):
            with pytest.raises(InvalidMessage, match="body: "):
                await post(target, double.url, WebhookMessage(body=body))
        assert double.connections == 0


async def test_half_a_character_is_refused_before_anybody_is_asked() -> None:
    async with http_double(lambda _: Said()) as double, webhooks() as target:
        for message in (WebhookMessage(text='"\ud83d"'), WebhookMessage(body="\ud83d")):
            with pytest.raises(InvalidMessage, match=r"(text|body): "):
                await post(target, double.url, message)
        assert double.connections == 0


async def failed(url: str) -> DeliveryError:
    """Return what a delivery raises."""
    async with webhooks() as target:
        with pytest.raises(DeliveryError) as caught:
            await post(target, url)
    return caught.value
