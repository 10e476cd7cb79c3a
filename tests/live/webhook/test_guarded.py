"""Nobody is made to post to what is not out in the world: not by any spelling, name or detour."""

import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from columba_consumers.errors import InvalidMessage, NetworkTrouble, Permanent
from columba_consumers.targets.webhook import WebhookTarget
from columba_shared.errors import InvalidSetting

from tests.live.webhook.posting import post, webhooks
from tests.services.certificates import Authority
from tests.services.http_double import Said, http_double
from tests.services.target_env import env_of

HOSTS: Final = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "0",
    "0.0.0.0",  # noqa: S104 - refused
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7F.1",
    "017700000001",
    "0177.0.0.1",
    "00000177.0.0.1",
    "127.0.0.1%00.example.com",
    "%31%32%37.0.0.1",
    "127。0。0。1",
    "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",  # digits in circles
    "\uff11\uff12\uff17.0.0.1",  # wide ones
    "localhost",
    "LOCALHOST.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::1]",
    "[fe80::1%25lo]",
    "[fd00:ec2::254]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "2852039166",
    "0xA9FEA9FE",
    "0251.0376.0251.0376",
    "example.com@127.0.0.1",
    "example.com\\@127.0.0.1",
]


class Leads(AbstractResolver):
    """A name server that says something else each time."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the next answer, or the last once more."""
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family or socket.AF_INET, proto=0, flags=0)
            for each in found
        ]

    async def close(self) -> None:
        """Keep nothing."""


@pytest.mark.parametrize("host", HOSTS, ids=range(len(HOSTS)))
async def test_no_spelling_of_a_private_address_is_posted_to(host: str) -> None:
    async with http_double(lambda _: Said()) as double, webhooks({}) as target:
        with pytest.raises(Permanent):
            await post(target, f"http://{host}:{double.port}/")
        assert double.connections == 0


async def test_a_name_that_leads_inside_is_refused_when_it_does() -> None:
    inside = Leads(["127.0.0.1"])
    async with http_double(lambda _: Said()) as double, webhooks({}, lookup=inside) as target:
        with pytest.raises(
            Permanent, match=r"127\.0\.0\.1 is a private or special address \(loopback\): COLUMBA_WEBHOOK_ALLOW"
        ):
            await post(target, f"http://rebinding.example:{double.port}/")
        assert (inside.asked, double.connections) == (1, 0)


async def test_a_name_of_which_one_address_is_private_is_refused_whole() -> None:
    both = Leads(["93.184.216.34", "127.0.0.1"])
    async with http_double(lambda _: Said()) as double, webhooks({}, lookup=both) as target:
        with pytest.raises(Permanent, match="private or special"):
            await post(target, f"http://rebinding.example:{double.port}/")
        assert double.connections == 0


async def test_a_name_that_led_outside_and_now_leads_inside_is_refused_at_the_second_connection() -> None:
    """What was looked up is what is connected to, once for each connection: there is no time between look and leap.

    Outside is 127.0.0.2 here, which is allowed; 127.0.0.1, where the same server listens, is not.
    """
    rebinding = Leads(["127.0.0.2"], ["127.0.0.1"])
    async with (
        http_double(lambda _: Said(headers={"Connection": "close"}), host="0.0.0.0") as double,  # noqa: S104 - both
        webhooks({"COLUMBA_WEBHOOK_ALLOW": "127.0.0.2/32"}, lookup=rebinding) as target,
    ):
        url = f"http://rebinding.example:{double.port}/"
        assert (await post(target, url)).reply.startswith("200")
        with pytest.raises(Permanent, match="private or special"):
            await post(target, url)
        assert rebinding.asked == 2
        assert double.reached_at == ["127.0.0.2"]


async def test_a_redirect_inside_is_not_followed() -> None:
    async with http_double(lambda _: Said()) as inside:
        led = Said(status=307, headers={"Location": f"http://127.0.0.1:{inside.port}/"})
        async with (
            http_double(lambda _: led, host="127.0.0.2") as outside,
            webhooks({"COLUMBA_WEBHOOK_ALLOW": "127.0.0.2/32"}) as target,
        ):
            with pytest.raises(Permanent, match=r"307 Temporary Redirect.*not followed"):
                await post(target, f"http://127.0.0.2:{outside.port}/")
            assert (len(outside.requests), inside.connections) == (1, 0)


async def test_a_port_that_is_not_among_the_allowed_is_refused() -> None:
    some = {"COLUMBA_WEBHOOK_ALLOW": "127.0.0.0/8", "COLUMBA_WEBHOOK_PORTS": "443, 8443"}
    async with http_double(lambda _: Said()) as double, webhooks(some) as target:
        with pytest.raises(InvalidMessage, match="COLUMBA_WEBHOOK_PORTS"):
            await post(target, double.url)
        assert double.connections == 0


async def test_a_certificate_must_be_of_the_name_and_of_an_authority_that_is_trusted(tmp_path: Path) -> None:
    authority, stranger = Authority.create(tmp_path), Authority.create(tmp_path, "Stranger")
    names = {"COLUMBA_WEBHOOK_ALLOW": "127.0.0.1/32"}
    trusting = names | {"COLUMBA_WEBHOOK_CA_FILE": str(authority.path)}
    here = authority.server(host="hooks.example")
    async with http_double(lambda _: Said(), tls=here) as double:
        for host, variables, taken in (
            ("hooks.example", trusting, True),
            ("other.example", trusting, False),
            ("hooks.example", names, False),
            ("hooks.example", names | {"COLUMBA_WEBHOOK_CA_FILE": str(stranger.path)}, False),
        ):
            async with webhooks(variables, lookup=Leads(["127.0.0.1"])) as target:
                if taken:
                    assert (await post(target, f"https://{host}:{double.port}/")).reply == "200 OK"
                else:
                    with pytest.raises(NetworkTrouble, match="certificate"):
                        await post(target, f"https://{host}:{double.port}/")
        assert len(double.requests) == 1


def test_authorities_that_cannot_be_read_are_told_at_the_start_with_what_names_them(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for path in (tmp_path / "missing.pem", tmp_path / "empty.pem", tmp_path):
        told = rf"COLUMBA_WEBHOOK_CA_FILE: {re.escape(str(path))} holds no certificates: \S"
        with pytest.raises(InvalidSetting, match=told):
            WebhookTarget(env_of(WebhookTarget, {"COLUMBA_WEBHOOK_CA_FILE": str(path)}))
