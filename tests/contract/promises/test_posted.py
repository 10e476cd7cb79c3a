"""What a provider posts about a mail that was really sent stops the next one, however Columba is run."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

import pytest
from columba_shared.log.tables import bounce
from sqlalchemy import select

from tests.bounced.dsn import Original
from tests.bounced.systems import NOBODY_THERE
from tests.contract.promises.conftest import RELAY_SECRET
from tests.posted import mailgun, postmark, sendgrid, ses, sns
from tests.posted.region import Answer, Region, region
from tests.services.certificates import Authority
from tests.system.system import System, until


@dataclass(frozen=True, slots=True)
class Post:
    """A request as a provider makes it."""

    name: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Web:
    """`columba web`, and the region of Amazon SNS that it knows."""

    port: int
    region: Region
    log: Path

    def take(self, post: Post) -> tuple[int, str]:
        """Post it over a socket; return the status and what was said."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", f"/bounces/{post.name}", body=post.body, headers=dict(post.headers))
        answer = connection.getresponse()
        try:
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture(scope="session")
def web(columba: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The process, told by a parameter whom to take for Amazon."""
    authority = Authority.create(tmp_path_factory.mktemp("amazon"))
    answers: dict[str, Answer] = {
        sns.CERTIFICATE: (200, {}, sns.signer().certificate),
        "/?": (200, {}, b"<ConfirmSubscriptionResponse/>"),
    }
    log = columba.folder / "posted.log"
    with region(answers, authority.server()) as amazon, log.open("wb") as told:
        command = [sys.executable, "-m", "tests.system.amazon", str(amazon.port), str(authority.path)]
        process = subprocess.Popen(  # noqa: S603 - ourselves
            command, env=columba.environment, cwd=columba.folder, stdout=told, stderr=told
        )
        try:
            until(lambda: "port=" in log.read_text(), lambda: f"it listens: {log.read_text()}")
            found = re.search(r"port=(\d+)", log.read_text())
            assert found is not None
            yield Web(int(found[1]), amazon, log)
        finally:
            process.terminate()
            assert process.wait(timeout=60) == 0


def sent(columba: System, to: str) -> Message:
    """Have somebody sent a mail; return its headers as its provider has them."""
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=to, context={"number": 1})
    columba.await_state(to, "sent")
    until(lambda: len(columba.mails(to)) == 1, "it arrives")
    return message_from_bytes(columba.mails(to)[0].body or b"")


def now() -> datetime:
    return datetime.now(UTC)


def by_mailgun(to: str, head: Message) -> Post:
    event = mailgun.failed(to, head["Message-ID"].strip("<>"))
    return Post("mailgun", mailgun.posted(event, now(), token=to), {"Content-Type": "application/json"})


def by_sendgrid(to: str, head: Message) -> Post:
    """Trace it by the argument alone: SendGrid does not always name the Message-ID that it was given."""
    columba = json.loads(head["X-SMTPAPI"])["unique_args"]["columba"]
    event = sendgrid.bounced(to, "<14c5d75ce93.dfd.64b469@ismtpd-555>") | {"columba": columba}
    return Post("sendgrid", *sendgrid.posted([sendgrid.event("delivered", to), event], now()))


def by_postmark(to: str, head: Message) -> Post:
    return Post("postmark", *postmark.posted(postmark.bounced(to, head["X-PM-Metadata-columba"])))


def in_a_message(web: Web, event: ses.Event, at: datetime) -> Post:
    message = sns.notification(ses.told(event), at, place=web.region.place)
    return Post("ses", sns.signer().signed(message), {"Content-Type": "text/plain; charset=UTF-8"})


def relayed(original: Original, secret: str = RELAY_SECRET) -> Post:
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "message/rfc822"}
    return Post("relay", NOBODY_THERE["postfix"](original), headers)


def posted(columba: System, web: Web, name: str, to: str) -> Post:
    """Send a mail, and return what its provider posts about it."""
    head = sent(columba, to)
    match name:
        case "mailgun":
            return by_mailgun(to, head)
        case "sendgrid":
            return by_sendgrid(to, head)
        case "postmark":
            return by_postmark(to, head)
        case "ses":
            return in_a_message(web, ses.bounced(to, head["Message-ID"]), now())
        case _:
            return relayed(Original(to=to, sender=columba.mails(to)[0].mail_from))


def next_is_not_sent(columba: System, to: str) -> str:
    """Publish the next at once; return why it was not sent."""
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=to, context={"number": 2})
    until(lambda: "suppressed" in [row.state for row in columba.deliveries(to)], "the next is suppressed")
    assert len(columba.mails(to)) == 1
    (reason,) = [row.reason for row in columba.deliveries(to) if row.state == "suppressed"]
    return str(reason)


def on_record(columba: System, to: str) -> list[tuple[str, str, str | None]]:
    query = select(bounce.c.finding, bounce.c.effect, bounce.c.reporter).where(bounce.c.address == to)
    return [tuple(row) for row in columba.rows(query)]


@pytest.mark.parametrize("name", ["mailgun", "sendgrid", "postmark", "ses", "relay"])
def test_after_a_provider_has_posted_a_bounce_the_next_mail_is_suppressed_and_says_why(
    columba: System, web: Web, name: str
) -> None:
    to = f"posted-{name}@example.org"
    post = posted(columba, web, name, to)
    assert web.take(post) == (200, "Taken in: 1 new.\n")
    assert web.take(post) == (200, "Taken in: 0 new.\n")  # the same event twice counts once
    assert next_is_not_sent(columba, to).startswith("address suppressed by bounce: ")
    ((finding, effect, _),) = on_record(columba, to)
    assert (finding, effect) == ("hard", "suppressed")
    told = " ".join(columba.columba("explain", to).split())
    assert "since nobody is there: " in told
    assert "5.1.1" in told


def test_a_complaint_that_is_posted_suppresses_the_address_for_that_category(columba: System, web: Web) -> None:
    to = "posted-complaint@example.org"
    head = sent(columba, to)
    assert web.take(in_a_message(web, ses.complained(to, head["Message-ID"]), now()))[0] == 200
    assert next_is_not_sent(columba, to).startswith("address suppressed for promise by complaint: reported as abuse")
    assert on_record(columba, to) == [("complaint", "suppressed", "Amazon SES")]


def test_a_soft_bounce_that_is_posted_is_counted_and_the_next_mail_goes(columba: System, web: Web) -> None:
    to = "posted-soft@example.org"
    head = sent(columba, to)
    event = mailgun.failed(to, head["Message-ID"].strip("<>"), enhanced="5.2.2", said="over quota")
    assert web.take(Post("mailgun", mailgun.posted(event, now(), token=to), {}))[0] == 200
    assert on_record(columba, to) == [("soft", "counted", "Mailgun")]
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=to, context={"number": 2})
    until(lambda: len(columba.mails(to)) == 2, "the next one arrives")


@pytest.mark.parametrize("name", ["mailgun", "sendgrid", "postmark", "ses", "relay"])
def test_a_forged_post_changes_nothing(columba: System, web: Web, name: str) -> None:
    to = f"posted-forged-{name}@example.org"
    post = posted(columba, web, name, to)
    forged = {
        "mailgun": replace(post, body=post.body.replace(b'"signature": "', b'"signature": "0')),
        "sendgrid": replace(post, body=post.body.replace(b"5.1.1", b"5.1.3")),
        "ses": replace(post, body=post.body.replace(b"5.1.1", b"5.1.3")),
    }.get(name, replace(post, headers={"Authorization": post.headers.get("Authorization", "")[:-2]}))
    assert web.take(forged)[0] == 403
    assert on_record(columba, to) == []
    assert web.take(post) == (200, "Taken in: 1 new.\n")


def test_an_old_post_changes_nothing(columba: System, web: Web) -> None:
    to = "posted-old@example.org"
    head = sent(columba, to)
    event = ses.bounced(to, head["Message-ID"])
    assert web.take(in_a_message(web, event, now() - timedelta(days=2)))[0] == 403
    assert on_record(columba, to) == []


def test_a_relay_is_not_believed_what_a_stranger_wrote_to_it(columba: System, web: Web) -> None:
    to = "posted-stranger@example.org"
    message_id = sent(columba, to)["Message-ID"].strip("<>").partition("@")[0]
    assert web.take(relayed(Original(to=to, id=message_id))) == (200, "Taken in: 0 new.\n")
    assert on_record(columba, to) == []


def test_a_post_that_is_too_large_or_no_json_changes_nothing(web: Web) -> None:
    _, headers = postmark.posted({})
    assert web.take(Post("postmark", b"x" * 1_100_000, headers))[0] == 413
    assert web.take(Post("postmark", b"{", headers))[0] == 400
    assert web.take(Post("another", b"{}", headers))[0] == 404


def test_a_subscription_of_a_topic_is_confirmed(web: Web) -> None:
    message = sns.confirmation(now(), place=web.region.place)
    assert web.take(Post("ses", sns.signer().signed(message), {}))[0] == 200
    assert message["SubscribeURL"].removeprefix(f"https://{web.region.place}") in web.region.asked
    assert "confirmed that a topic is delivered" in web.log.read_text()
