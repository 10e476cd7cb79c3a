"""The HTTP client on real sockets: what it keeps, what it bounds, and what it makes of a connection that breaks."""

import asyncio
import socket
import ssl
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Final

import pytest
from columba_consumers.errors import DeliveryError, NetworkTrouble, Permanent, TargetDown, Unknown
from columba_consumers.targets.http import AddressGuard, HttpClient

from tests.services.http_double import Asked, Cut, Said, http_double
from tests.services.ports import LOOPBACK, free_ports
from tests.system.system import until

SOON, AT_ONCE = timedelta(seconds=2), timedelta(seconds=0.3)
LOOPBACKS: Final = (ip_network("127.0.0.0/8"),)


def client(
    *,
    timeout: timedelta = timedelta(seconds=5),
    most_octets: int = 1000,
    **more: Any,  # noqa: ANN401 - passed on
) -> HttpClient:
    """Return one."""
    return HttpClient(timeout=timeout, most_octets=most_octets, guard=AddressGuard(LOOPBACKS), **more)


def ok(_: Asked) -> Said:
    """Say yes."""
    return Said(body=b"yes")


async def broke(asking: HttpClient, url: str) -> DeliveryError:
    """Return what posting raises."""
    with pytest.raises(DeliveryError) as caught:
        await asking.post(url, body=b"{}", headers={}, destination="example.com")
    await asking.close()
    return caught.value


async def test_connections_are_kept() -> None:
    asking = client()
    async with http_double(ok) as double:
        for _ in range(5):
            reply = await asking.post(double.url, body=b"{}", headers={})
            assert (reply.status, reply.text) == (200, "yes")
        assert (double.connections, len(double.requests)) == (1, 5)
        await asking.close()


async def test_of_a_long_answer_the_beginning_is_read_and_the_connection_given_up() -> None:
    asking = client(most_octets=1000)
    async with http_double(lambda _: Said(body=b"a" * 5_000_000)) as double:
        replies = [await asking.post(double.url, body=b"{}", headers={}) for _ in range(2)]
        assert [len(reply.body) for reply in replies] == [1000, 1000]
        assert double.connections == 2
        await asking.close()


async def test_an_answer_that_breaks_off_counts_by_its_status() -> None:
    asking = client(timeout=SOON)
    async with http_double(lambda _: Said(status=201, body=b"half", length=100)) as double:
        reply = await asking.post(double.url, body=b"{}", headers={})
        assert (reply.status, reply.body) == (201, b"half")
        await asking.close()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"[" * 900, b"\xff"], ids=range(5))
async def test_what_is_no_object_says_nothing(body: bytes) -> None:
    async with http_double(lambda _: Said(body=body)) as double:
        asking = client()
        assert (await asking.post(double.url, body=b"", headers={})).json == {}
        await asking.close()


async def test_what_people_read_of_an_answer_is_one_line() -> None:
    async with http_double(lambda _: Said(body=b"a\r\n\tb\x00\x1b[31mc\xff")) as double:
        asking = client()
        assert (await asking.post(double.url, body=b"", headers={})).text == "a b\ufffd\ufffd[31mc\ufffd"
        await asking.close()


async def test_a_redirect_is_an_answer_and_no_way() -> None:
    async with http_double(lambda _: Said(status=302, headers={"Location": "/elsewhere"})) as double:
        asking = client()
        assert (await asking.post(double.url, body=b"{}", headers={})).status == 302
        assert [asked.path for asked in double.requests] == ["/"]
        await asking.close()


async def test_no_cookie_is_kept_and_no_proxy_of_the_environment_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://{LOOPBACK}:1")
    async with http_double(lambda _: Said(headers={"Set-Cookie": "a=b; Path=/"})) as double:
        asking = client()
        for _ in range(2):
            assert (await asking.post(double.url, body=b"{}", headers={})).is_success
        assert ["cookie" in asked.headers for asked in double.requests] == [False, False]
        await asking.close()


@pytest.mark.parametrize(("cut", "patience"), [(Cut.AFTER_READING, timedelta(seconds=60)), (Cut.SILENCE, SOON)])
async def test_a_request_that_was_read_and_not_answered_is_in_doubt(cut: Cut, patience: timedelta) -> None:
    async with http_double(ok, cut=cut) as double:
        assert type(await broke(client(timeout=patience), double.url)) is Unknown
        assert len(double.requests) == 1


async def test_a_connection_that_is_closed_before_the_request_was_read_leaves_it_in_doubt_as_well() -> None:
    async with http_double(ok, cut=Cut.BEFORE_READING) as double:
        assert type(await broke(client(), double.url)) is Unknown
        assert double.requests == []


async def test_where_nobody_listens_the_destination_is_down() -> None:
    error = await broke(client(), f"http://{LOOPBACK}:{next(free_ports())}/")
    assert isinstance(error, TargetDown)
    assert error.destination == "example.com"


async def test_a_name_that_there_is_not_is_a_destination_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown_host(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown_host)
    assert type(await broke(client(), "http://nobody.invalid/")) is TargetDown


async def test_who_lets_nobody_connect_has_had_nothing() -> None:
    full = await asyncio.start_server(lambda _, writer: writer.close(), LOOPBACK, 0, ssl=ssl_that_waits())
    async with full:
        port = full.sockets[0].getsockname()[1]
        error = await broke(client(timeout=SOON), f"https://{LOOPBACK}:{port}/")
    assert type(error) in {NetworkTrouble, TargetDown}


@pytest.mark.parametrize("seconds", [1.5, 3.0])
async def test_however_short_the_time_who_was_never_connected_is_not_in_doubt(seconds: float) -> None:
    async with http_double(ok, cut=Cut.SILENCE) as double:  # it accepts, and no handshake ever ends
        error = await broke(client(timeout=timedelta(seconds=seconds)), double.url.replace("http:", "https:"))
    assert type(error) is NetworkTrouble


async def test_why_there_is_no_answer_is_said_without_the_url() -> None:
    """A URL may hold a token, and a reason is read by others than those who know the URL."""
    secret = "/hooks?token=SECRET"  # noqa: S105 - to be looked for
    nobody, garbled = f"http://{LOOPBACK}:{next(free_ports())}", Said(headers={"X\x00": "no header"})
    async with http_double(ok, cut=Cut.SILENCE) as silent, http_double(lambda _: garbled) as odd:
        for url in (silent.url.replace("http:", "https:"), silent.url, odd.url, nobody, "http://nobody.invalid", "x:"):
            error = await broke(client(timeout=AT_ONCE), f"{url}{secret}")
            assert error.reply
            assert "SECRET" not in f"{error.reply} {error}", url
            assert "hooks" not in error.reply, url


async def test_an_address_that_is_no_url_is_not_asked_again() -> None:
    for url in ("http://", "nowhere", "http://[::1", "ftp://example.com/"):
        assert type(await broke(client(), url)) is Permanent


async def test_what_is_idle_is_closed_when_the_time_is_over_that_it_is_kept() -> None:
    asking = client(keep=timedelta(seconds=0.5))
    async with http_double(ok, host="0.0.0.0") as double:  # noqa: S104 - every loopback address is a host of its own
        for last in range(1, 21):
            await asking.post(f"http://127.0.0.{last}:{double.port}/", body=b"", headers={})
        assert double.connections == 20
        await asyncio.to_thread(until, lambda: not double.open, "idle connections closed", seconds=12)
        await asking.close()


async def test_a_body_that_drips_is_left_when_its_time_is_over_and_its_status_counts() -> None:
    asking = client(timeout=timedelta(seconds=30), read_within=AT_ONCE)
    async with http_double(lambda _: Said(status=201, body=b"half", length=100)) as double:
        async with asyncio.timeout(20):
            reply = await asking.post(double.url, body=b"{}", headers={})
        assert (reply.status, reply.body) == (201, b"half")
        await asking.close()


async def test_a_url_is_asked_for_as_it_is_written() -> None:
    asking = client()
    async with http_double(ok) as double:
        for path in ("/a%2Fb/%61?x=%2Ft%3a&y=%7e+%20", "/?", "/a;b=c//d?e=/:@"):
            await asking.post(f"{double.url}{path}", body=b"", headers={})
            assert double.requests[-1].path == path.removesuffix("?")
        await asking.close()


async def test_a_private_address_is_refused_before_anybody_connects() -> None:
    guarded = HttpClient(timeout=SOON, most_octets=10, guard=AddressGuard())
    async with http_double(ok) as double:
        error = await broke(guarded, double.url)
        assert type(error) is Permanent
        assert "127.0.0.1 is a private or special address" in error.reply
        assert double.connections == 0


def ssl_that_waits() -> ssl.SSLContext:
    """Return one without a certificate: no handshake with it ends well."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
