"""SMS, push messages and webhooks from an app to their providers, by the commands that people run."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest
from columba_shared.log.tables import attempt, delivery
from sqlalchemy import select

from tests.services.expo_double import Expo, token
from tests.services.http_double import HttpDouble, Said, http_double_apart
from tests.services.smtp_control import SmtpProcess
from tests.services.twilio_double import ACCOUNT, TOKEN, Twilio, status_post
from tests.system.modes import BROKER, EMBEDDED, urls
from tests.system.system import Row, System, running, until

TARGETS: Final = ("email", "webhook", "sms", "push")
DOUBTFUL: Final = "+436601111111"
RECEIPTS: Final = "https://columba.example.com/receipts/twilio"
_TEMPLATES: Final = {
    "sms.txt": "Order {{ number }} is paid.",
    "push.title.txt": "Paid",
    "push.body.txt": "Order {{ number }} is paid.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Columba, and the providers as it sees them."""

    columba: System
    twilio: Twilio
    expo: Expo
    hooks: HttpDouble

    def tell(self, target: str, to: str) -> None:
        """Publish an event for one recipient."""
        with self.columba.producer() as producer:
            producer.enqueue("order.paid", to=to, target=target, context={"number": 42})

    def row(self, to: str, state: str) -> Row:
        """Wait until the delivery is in this state; return its last attempt."""
        self.columba.await_state(to, state)
        query = select(attempt, delivery.c.id).join(delivery, delivery.c.id == attempt.c.delivery_id)
        return self.columba.rows(query.where(delivery.c.address == to).order_by(attempt.c.claim.desc()))[0]


@pytest.fixture(scope="module", params=[EMBEDDED, BROKER])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everything, running in this way."""
    folder: Path = tmp_path_factory.mktemp("ways_out")
    twilio, expo = Twilio(cut_for=DOUBTFUL), Expo(later={token("gone"): "DeviceNotRegistered"})
    with ExitStack() as stack:
        sms = stack.enter_context(http_double_apart(twilio.answer))
        push = stack.enter_context(http_double_apart(expo.answer))
        hooks = stack.enter_context(http_double_apart(lambda _: Said(body=b"thanks")))
        settings = {
            "COLUMBA_WEBHOOK_ALLOW": "127.0.0.1/32",
            "COLUMBA_WEBHOOK_SECRETS": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "COLUMBA_SMS_ACCOUNT": ACCOUNT,
            "COLUMBA_SMS_TOKEN": TOKEN,
            "COLUMBA_SMS_SENDER": "+15005550006",
            "COLUMBA_SMS_URL": sms.url,
            "COLUMBA_SMS_RECEIPTS": RECEIPTS,
            "COLUMBA_PUSH_URL": push.url,
            "COLUMBA_PUSH_RECEIPTS_AFTER": "0",
            "COLUMBA_WEB_LISTEN": "127.0.0.1:0",
            "COLUMBA_LEASE": "6",
        }
        nobody = SmtpProcess(port=1, control=1, record=folder / "none.jsonl")
        broker, database = urls(request, folder, stack)
        columba = System(folder, broker, database, nobody, settings, TARGETS)
        stack.enter_context(running(columba))
        templates = folder / "templates" / "order.paid"
        templates.mkdir()
        for name, text in _TEMPLATES.items():
            (templates / name).write_text(text)
        for command in ("up",) if columba.is_embedded else ("reconcile", "work"):
            columba.start(command)
        yield World(columba=columba, twilio=twilio, expo=expo, hooks=hooks)


def test_a_webhook_says_the_event_where_nobody_says_it_otherwise(world: World) -> None:
    to = f"{world.hooks.url}/hooks/7"
    world.tell("webhook", to)
    row = world.row(to, "sent")
    (asked,) = (each for each in world.hooks.requests if each.path == "/hooks/7")
    assert {name: asked.json[name] for name in ("type", "data")} == {"type": "order.paid", "data": {"number": 42}}
    assert asked.headers["webhook-id"] == str(row.delivery_id)
    assert asked.headers["webhook-signature"].startswith("v1,")
    assert row.reply == "200 OK: thanks"


def test_a_webhook_into_the_own_network_is_dead_with_the_reason(world: World) -> None:
    world.tell("webhook", "http://169.254.169.254/latest/meta-data/")
    row = world.row("http://169.254.169.254/latest/meta-data/", "dead")
    assert row.reply == "not delivered there: 169.254.169.254 is where clouds keep metadata and keys of their machines"


def test_an_sms_and_a_push_message_are_said_by_templates(world: World) -> None:
    world.tell("sms", "+436602222222")
    world.tell("push", token("a"))
    sid, ticket = (world.row(to, "sent").provider_id for to in ("+436602222222", token("a")))
    (text,) = (each for each in world.twilio.messages if each["To"] == "+436602222222")
    assert (text["sid"], text["Body"]) == (sid, "Order 42 is paid.")
    assert world.expo.tickets[ticket] == token("a")
    assert {"to": token("a"), "title": "Paid", "body": "Order 42 is paid."} in world.expo.taken


def test_a_device_that_a_receipt_calls_gone_is_not_written_to_again(world: World) -> None:
    world.tell("push", token("gone"))
    world.row(token("gone"), "sent")
    until(lambda: "DeviceNotRegistered" in world.columba.columba("explain", token("gone")), "the receipt is known")
    world.tell("push", token("gone"))
    until(
        lambda: sorted(row.state for row in world.columba.deliveries(token("gone"))) == ["sent", "suppressed"],
        "the second is suppressed",
    )


def test_a_doubt_about_an_sms_ends_with_twilios_word(world: World) -> None:
    world.tell("sms", DOUBTFUL)
    world.row(DOUBTFUL, "in_doubt")
    (taken,) = (each for each in world.twilio.messages if each["To"] == DOUBTFUL)
    web = world.columba.start("web")
    until(lambda: web.told("port="), lambda: f"it listens: {web.log.read_text()}")
    port = re.search(r"port=(\d+)", web.log.read_text())
    assert port is not None
    said = {"MessageSid": taken["sid"], "MessageStatus": "delivered", "To": DOUBTFUL}
    for secret, status in (("wrong", 403), (TOKEN, 204)):
        body, headers = status_post(taken["StatusCallback"], said, token=secret)
        connection = HTTPConnection("127.0.0.1", int(port[1]), timeout=30)
        connection.request("POST", taken["StatusCallback"].removeprefix("https://columba.example.com"), body, headers)
        assert connection.getresponse().status == status
        connection.close()
    row = world.columba.await_state(DOUBTFUL, "sent")
    assert row.reason == f"settled as sent by columba: api.twilio.com says: delivered {taken['sid']}"


def test_while_a_gateway_answers_for_twilio_only_what_was_under_way_is_in_doubt(world: World) -> None:
    numbers = [f"+4366033333{number:02}" for number in range(40)]
    mine = select(delivery.c.state).where(delivery.c.address.in_(numbers))

    def states() -> Counter[str]:
        return Counter(row.state for row in world.columba.rows(mine))

    world.twilio.gateway = 502
    for number in numbers:
        world.tell("sms", number)
    until(lambda: states()["in_doubt"] > 0, lambda: f"it is an outage: {states()}")
    world.twilio.gateway = None
    until(lambda: states()["in_doubt"] + states()["sent"] == 40, lambda: f"all others are sent: {states()}")
    assert states()["in_doubt"] <= 20, "no more than have a slot"
