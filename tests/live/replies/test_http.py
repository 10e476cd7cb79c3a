"""What HTTP servers say, spoken by one on a socket, and what it means for the delivery."""

import asyncio
import http.client
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from columba_consumers.errors import (
    DeliveryError,
    NetworkTrouble,
    Permanent,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
)
from columba_consumers.targets.http import broken, refusal

from tests.services.http_speaker import http_speaker
from tests.services.ports import LOOPBACK, free_ports

NOW: Final = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
NONE: Final = None

Said = tuple[str, tuple[str, ...], type[DeliveryError], timedelta | None]

SAID: Final[list[Said]] = [
    ("301 Moved Permanently", ("Location: http://example.org/",), Permanent, NONE),
    ("302 Found", ("Location: http://example.org/",), Permanent, NONE),
    ("400 Bad Request", (), Permanent, NONE),
    ("401 Unauthorized", ('WWW-Authenticate: Basic realm="a"',), TargetDown, NONE),
    ("402 Payment Required", (), TargetDown, NONE),
    ("403 Forbidden", (), Permanent, NONE),
    ("404 Not Found", (), Permanent, NONE),
    ("405 Method Not Allowed", ("Allow: GET",), Permanent, NONE),
    ("407 Proxy Authentication Required", (), TargetDown, NONE),
    ("408 Request Timeout", (), Temporary, NONE),
    ("409 Conflict", (), Temporary, NONE),
    ("409 Conflict", ("Retry-After: 7",), Temporary, timedelta(seconds=7)),
    ("410 Gone", (), Permanent, NONE),
    ("413 Content Too Large", (), Permanent, NONE),
    ("415 Unsupported Media Type", (), Permanent, NONE),
    ("422 Unprocessable Content", (), Permanent, NONE),
    ("425 Too Early", (), Temporary, NONE),
    ("429 Too Many Requests", (), Throttled, NONE),
    ("429 Too Many Requests", ("Retry-After: 120",), Throttled, timedelta(seconds=120)),
    ("429 Too Many Requests", ("retry-after:   0  ",), Throttled, timedelta(0)),
    ("429 Too Many Requests", ("Retry-After: Sat, 21 Nov 2026 12:05:00 GMT",), Throttled, timedelta(minutes=5)),
    ("429 Too Many Requests", ("Retry-After: Saturday, 21-Nov-26 12:05:00 GMT",), Throttled, timedelta(minutes=5)),
    (
        "429 Too Many Requests",
        ("Date: Sat, 21 Nov 2026 12:04:30 GMT", "Retry-After: Sat, 21 Nov 2026 12:05:00 GMT"),
        Throttled,
        timedelta(seconds=30),
    ),
    ("429 Too Many Requests", ("Retry-After: Sat, 21 Nov 2026 11:00:00 GMT",), Throttled, timedelta(0)),
    ("429 Too Many Requests", ("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT",), Throttled, timedelta(days=1)),
    ("429 Too Many Requests", ("Retry-After: 9999999999",), Throttled, timedelta(days=1)),
    ("429 Too Many Requests", ("Retry-After: -5",), Throttled, NONE),
    ("429 Too Many Requests", ("Retry-After: 1.5",), Throttled, NONE),
    ("429 Too Many Requests", ("Retry-After: soon",), Throttled, NONE),
    ("429 Too Many Requests", ("Retry-After: 99 Foo 2026 25:61:61 GMT",), Throttled, NONE),
    ("429 Too Many Requests", ("Retry-After: +99999999999 Jan 0:0 31",), Throttled, NONE),
    ("451 Unavailable For Legal Reasons", (), Permanent, NONE),
    ("500 Internal Server Error", (), Temporary, NONE),
    ("500 Internal Server Error", ("Retry-After: 60",), Temporary, timedelta(seconds=60)),
    ("501 Not Implemented", (), Permanent, NONE),
    ("502 Bad Gateway", (), Unknown, NONE),
    ("503 Service Unavailable", (), TargetDown, NONE),
    ("503 Service Unavailable", ("Retry-After: 30",), Throttled, timedelta(seconds=30)),
    ("503 Service Unavailable", ("Retry-After: whenever",), TargetDown, NONE),
    ("504 Gateway Timeout", (), Unknown, NONE),
    ("505 HTTP Version Not Supported", (), Permanent, NONE),
    ("507 Insufficient Storage", (), Temporary, NONE),
    ("511 Network Authentication Required", (), TargetDown, NONE),
    ("520 ", (), Unknown, NONE),
    ("521 ", (), TargetDown, NONE),
    ("522 ", (), TargetDown, NONE),
    ("524 ", (), Unknown, NONE),
    ("529 ", (), Throttled, NONE),
    ("599 ", (), Temporary, NONE),
]


@pytest.mark.parametrize(("status", "headers", "kind", "after"), SAID, ids=[" ".join((s, *h)) for s, h, _, _ in SAID])
async def test_what_an_http_server_says_means_this(
    status: str, headers: tuple[str, ...], kind: type[DeliveryError], after: timedelta | None
) -> None:
    async with http_speaker(status, *headers, body=b"in words") as speaker:
        code, answered, text = await asyncio.to_thread(posted, speaker.port)
    error = refusal(code, text, headers=answered, destination="example.org", now=lambda: NOW)
    assert (type(error), error.code) == (kind, status[:3])
    assert getattr(error, "after", None) == after
    assert error.reply.startswith(status[:3])
    assert error.reply.endswith(": in words")
    assert getattr(error, "destination", "example.org") == "example.org"
    assert getattr(error, "down", True)  # a gateway that answers in a provider's place says so of all


async def test_where_an_api_is_not_at_its_url_it_is_down_and_what_it_refuses_is_refused() -> None:
    async with http_speaker("410 Gone") as speaker:
        code, headers, text = await asyncio.to_thread(posted, speaker.port)
    assert type(refusal(code, text, headers=headers, of_api=True)) is TargetDown
    assert [type(refusal(each, of_api=True)) for each in (307, 404, 405)] == [TargetDown] * 3
    assert type(refusal(400, of_api=True)) is Permanent


async def test_a_server_that_hangs_up_on_a_whole_request_leaves_it_in_doubt() -> None:
    async with http_speaker("") as speaker:
        with pytest.raises((http.client.HTTPException, OSError)) as caught:
            await asyncio.to_thread(posted, speaker.port)
        assert [request.partition(b"\r\n\r\n")[2] for request in speaker.requests] == [b"{}"]
    assert type(broken(caught.value, handed_over=True)) is Unknown


async def test_where_nobody_listens_the_destination_is_down() -> None:
    with pytest.raises(OSError, match="refused") as caught:
        await asyncio.to_thread(posted, next(free_ports()))
    error = broken(caught.value, handed_over=False, destination="example.org")
    assert isinstance(error, TargetDown)
    assert error.destination == "example.org"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), TargetDown),
        (ConnectionResetError(104, "Connection reset by peer"), NetworkTrouble),
        (TimeoutError(), NetworkTrouble),
    ],
)
def test_before_the_request_is_out_nothing_is_in_doubt(error: Exception, kind: type[DeliveryError]) -> None:
    assert type(broken(error, handed_over=False)) is kind


def test_a_success_is_no_refusal() -> None:
    with pytest.raises(ValueError, match="202 is a success"):
        refusal(202)


def posted(port: int) -> tuple[int, Mapping[str, str], str]:
    """Post something; return status, headers and text of the reply."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    try:
        connection.request("POST", "/hook", body=b"{}")
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read().decode()
    finally:
        connection.close()
