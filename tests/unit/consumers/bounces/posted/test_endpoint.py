"""What providers are answered, over the interface of a web server: whatever is not taken in changes nothing."""

import asyncio
from collections.abc import MutableMapping, Sequence
from typing import Any

import columba_consumers.posting.body
import pytest
from columba_consumers.bounces.intake import Intake
from columba_consumers.bounces.posted import endpoint
from columba_consumers.bounces.posted.endpoint import Endpoint
from columba_consumers.bounces.posted.mailgun import Mailgun
from columba_consumers.bounces.posted.relay import Relay
from columba_consumers.bounces.report import Report
from columba_consumers.bounces.tracing import Tracer
from columba_consumers.posting.post import Forged, Nonsense, NotNow, Post, Refusal
from columba_shared.log.bounce_book import BounceBook
from columba_shared.log.engine import connect
from starlette.applications import Starlette

from tests.posted import mailgun
from tests.unit.consumers.bounces.posted.judged import DELIVERY, MESSAGE_ID, NOW, TO

AWAY = connect("sqlite:////nowhere/at/all.db")
SECRET = "s" * 32
CHUNK = 256 * 1024

Message = dict[str, Any]


class Refusing:
    """A provider whose posts are always refused."""

    def __init__(self, refusal: Refusal) -> None:
        self._refusal = refusal

    def reports(self, post: Post) -> Sequence[Report]:
        """Refuse it."""
        del post
        raise self._refusal


class Keeping:
    """A provider whose posts say nothing; keeps the last."""

    def __init__(self) -> None:
        self.post: Post | None = None

    def reports(self, post: Post) -> Sequence[Report]:
        """Keep it."""
        self.post = post
        return []


def application(**providers: object) -> Starlette:
    intake = Intake(book=BounceBook(AWAY), tracer=Tracer())
    return Starlette(routes=Endpoint(providers=providers, intake=intake, clock=lambda: NOW).routes())  # type: ignore[arg-type]  # several kinds


async def ask(
    app: Starlette, path: str, body: bytes = b"", *, method: str = "POST", shown: str = "", hangs: bool = False
) -> Message:
    """Ask as a web server does, whose client may hang; return the answer's status, headers and body."""
    chunks = [body[start : start + CHUNK] for start in range(0, len(body), CHUNK)] or [b""]
    coming = iter({"type": "http.request", "body": each, "more_body": True} for each in chunks)
    sent: list[Message] = []

    async def receive() -> Message:
        if hangs:
            await asyncio.Event().wait()
        return next(coming, {"type": "http.request", "body": b"", "more_body": False})

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(dict(message))

    headers = [(b"authorization", shown.encode())]
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    told = b"".join(each.get("body", b"") for each in sent[1:])
    return {"status": sent[0]["status"], "headers": dict(sent[0]["headers"]), "body": told.decode()}


async def test_a_webhook_that_is_not_set_is_not_there() -> None:
    app = application(mailgun=Mailgun([mailgun.KEY]))
    for name in ("sendgrid", "postmark", "ses", "relay", "another", "%2e"):
        assert (await ask(app, f"/bounces/{name}"))["status"] == 404


async def test_only_a_post_is_taken() -> None:
    assert (await ask(application(ses=Keeping()), "/bounces/ses", method="GET"))["status"] == 405


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(Nonsense("no JSON"), 400), (Forged("signature is wrong"), 403), (NotNow("Amazon is away"), 503)],
)
async def test_what_is_refused_is_told_why(refusal: Refusal, status: int) -> None:
    answer = await ask(application(ses=Refusing(refusal)), "/bounces/ses")
    assert (answer["status"], answer["body"]) == (status, f"{refusal}\n")
    assert (b"retry-after" in answer["headers"]) == (status == 503)


async def test_while_the_log_is_away_the_provider_is_asked_to_try_again() -> None:
    body = mailgun.posted(mailgun.failed(TO, MESSAGE_ID), NOW)
    answer = await ask(application(mailgun=Mailgun([mailgun.KEY])), "/bounces/mailgun", body)
    assert (answer["status"], answer["headers"][b"retry-after"]) == (503, b"60")
    again = await ask(application(mailgun=Mailgun([mailgun.KEY])), "/bounces/mailgun", body)
    assert again["status"] == 503


async def test_what_is_passed_over_needs_no_log() -> None:
    body = mailgun.posted(mailgun.other("opened", TO, MESSAGE_ID), NOW)
    answer = await ask(application(mailgun=Mailgun([mailgun.KEY])), "/bounces/mailgun", body)
    assert (answer["status"], answer["body"]) == (200, "Taken in: 0 new.\n")


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
async def test_a_body_is_bounded(more: int, status: int) -> None:
    answer = await ask(application(ses=Keeping()), "/bounces/ses", b"x" * (endpoint.MOST_OCTETS + more))
    assert answer["status"] == status


async def test_a_mail_may_be_larger_and_is_read_as_far_as_mails_are() -> None:
    relay = Keeping()
    assert (await ask(application(relay=relay), "/bounces/relay", b"x" * (2 * 1024 * 1024 + 7)))["status"] == 200
    assert relay.post is not None
    assert len(relay.post.body) == 1024 * 1024


async def test_a_mail_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "MOST_OF_A_RELAY", CHUNK)
    app = application(relay=Keeping())
    assert [(await ask(app, "/bounces/relay", b"x" * (CHUNK + more)))["status"] for more in (0, 1)] == [200, 413]


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columba_consumers.posting.body, "PATIENCE_SECONDS", 0.0)
    assert (await ask(application(ses=Keeping()), "/bounces/ses", b"{}", hangs=True))["status"] == 413


async def test_what_is_wrong_tells_no_address_and_no_secret() -> None:
    answer = await ask(application(relay=Relay([SECRET])), "/bounces/relay", b"To: ann@example.org", shown="Bearer x")
    assert (answer["status"], answer["body"]) == (403, "the secret is missing or wrong\n")
    assert DELIVERY.hex not in answer["body"]
