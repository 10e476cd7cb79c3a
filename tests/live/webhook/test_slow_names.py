"""Names that nobody answers for: they cost those who asked, and not others who wait behind them."""

import asyncio
import socket
import threading
from typing import Any, Final

import pytest
from columba_consumers.errors import DeliveryError, NetworkTrouble, TargetDown, Throttled
from columba_consumers.targets.http.resolver import SystemLookup

from tests.live.webhook.posting import post, webhooks
from tests.services.http_double import Said, http_double
from tests.services.ports import LOOPBACK

SLOW: Final = 40
"""More than are looked up at once."""


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Once it is set, names that begin with slow are answered.

    Only the system's name server is played: a real one that is silent keeps a thread for as long as it likes.
    """
    answers, ask = threading.Event(), socket.getaddrinfo

    def look_up(host: Any, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - passed on
        if str(host).startswith("slow"):
            answers.wait(30)
        return ask(LOOPBACK if str(host).endswith(".example") else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return answers


def chosen(seconds: int) -> dict[str, str]:
    """Return settings under which a name may take half of this time."""
    return {"COLUMBA_WEBHOOK_ALLOW": "127.0.0.0/8", "COLUMBA_WEBHOOK_TIMEOUT": str(seconds)}


@pytest.mark.parametrize("name", ["slow.example", "slow{}.shop.example"], ids=["one", "one domain's"])
async def test_slow_names_of_one_owner_keep_nobody_else_waiting(answers: threading.Event, name: str) -> None:
    async with http_double(lambda _: Said()) as double, webhooks(chosen(20)) as target:
        urls = [f"http://{name.format(n)}:{double.port}/" for n in range(SLOW)]
        slow = [asyncio.create_task(post(target, url)) for url in urls]
        try:
            await asyncio.sleep(0)
            assert (await post(target, f"http://healthy.example:{double.port}/")).reply == "200 OK"
            assert not any(each.done() for each in slow)
        finally:
            answers.set()
        await asyncio.gather(*slow, return_exceptions=True)


async def test_who_waits_behind_slow_names_spends_nothing_and_is_not_left_alone(answers: threading.Event) -> None:
    lookup = SystemLookup(patience_seconds=1)  # those who wait are put off long before the slow ones are given up
    async with http_double(lambda _: Said()) as double, webhooks(chosen(6), lookup=lookup) as target:
        healthy = f"http://healthy.example:{double.port}/"
        slow = [asyncio.create_task(post(target, f"http://slow{n}.example:{double.port}/")) for n in range(SLOW)]
        try:
            await asyncio.sleep(0)
            with pytest.raises(DeliveryError) as caught:
                await post(target, healthy)
            ends = await asyncio.gather(*slow, return_exceptions=True)
            asked = next(n for n, end in enumerate(ends) if isinstance(end, NetworkTrouble))
            with pytest.raises(TargetDown, match="left alone"):
                await post(target, f"http://slow{asked}.example:{double.port}/")
        finally:
            answers.set()
        assert isinstance(caught.value, Throttled)
        assert caught.value.destination == "healthy.example"
        assert sorted(type(each).__name__ for each in ends) == ["NetworkTrouble"] * 20 + ["Throttled"] * 20
        assert (await post(target, healthy)).reply == "200 OK"
