"""`columba web` as providers meet it: many events in one post, a log that is away, and what operators are told."""

import json
from http.client import HTTPConnection

import pytest
from columba_shared.clock import utc_now
from columba_shared.log.surge import MOST
from sqlalchemy import Engine, text

from tests.contract.cli.past import SENT, Past
from tests.contract.cli.shell import Shell, running
from tests.posted import mailgun, postmark, sendgrid, sns
from tests.posted.ses import Event
from tests.services.ports import LOOPBACK, free_ports

TO = "ann@example.org"
Post = tuple[bytes, dict[str, str]]


@pytest.fixture
def port() -> int:
    return next(free_ports())


def given(shell: Shell, port: int) -> None:
    """Set all that `columba web` needs for SendGrid's posts."""
    shell.settings["COLUMBA_WEB_LISTEN"] = f"{LOOPBACK}:{port}"
    shell.settings["COLUMBA_WEBHOOK_SENDGRID_KEY"] = sendgrid.public()


def take(port: int, post: Post) -> tuple[int, str | None]:
    """Post it; return the status, and when to try again."""
    connection = HTTPConnection(LOOPBACK, port, timeout=60)
    try:
        connection.request("POST", "/bounces/sendgrid", body=post[0], headers=post[1])
        answer = connection.getresponse()
        return answer.status, answer.getheader("Retry-After")
    finally:
        connection.close()


def signed(*events: Event) -> Post:
    return sendgrid.posted(events, utc_now())


def bounced(past: Past, to: str) -> Event:
    return sendgrid.bounced(to, f"<{past.had(to, SENT).hex}@example.com>")


def effects(shell: Shell) -> list[str]:
    return sorted(each["effect"] for each in shell.run("bounce", "--list", "--json").lines)


def rename(engine: Engine, name: str, new: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {name} RENAME TO {new}"))


def test_of_a_post_with_far_too_many_dead_the_rest_is_held_back(shell: Shell, past: Past, port: int) -> None:
    given(shell, port)
    events = [bounced(past, f"r{number}@example.org") for number in range(MOST + 20)]
    with running(shell, "web"):
        assert take(port, signed(*events, *events)) == (200, None)
    assert effects(shell) == ["held back"] * 20 + ["suppressed"] * MOST
    told = shell.run("doctor", "--json", status=1).line["findings"]
    assert any("20 addresses are said to be dead at example.org" in each["text"] for each in told)


def test_a_post_that_the_log_could_not_take_is_taken_when_it_comes_again(shell: Shell, past: Past, port: int) -> None:
    given(shell, port)
    post = signed(bounced(past, TO))
    with running(shell, "web"):
        rename(past.engine, "columba_bounce", "columba_away")
        try:
            assert take(port, post) == (503, "60")
        finally:
            rename(past.engine, "columba_away", "columba_bounce")
        assert effects(shell) == []
        assert take(port, post) == (200, None)
    assert effects(shell) == ["suppressed"]


def test_five_soft_bounces_by_posts_suppress_an_address(embedded: Shell, past: Past, port: int) -> None:
    given(embedded, port)
    full = [bounced(past, TO) | {"status": "5.2.2", "reason": "552 5.2.2 over quota"} for _ in range(5)]
    with running(embedded, "web"):
        assert [take(port, signed(each, each))[0] for each in full[:4]] == [200] * 4
        assert effects(embedded) == ["counted"] * 4
        assert take(port, signed(full[4]))[0] == 200
    assert effects(embedded) == ["suppressed"] * 5
    [entry] = embedded.run("suppress", "--list", "--json").lines
    assert (entry["source"], entry["why"]) == ("bounce", "soft bounces, the last: 552 5.2.2 over quota")


def test_what_waits_for_an_address_ends_with_the_post(embedded: Shell, past: Past, port: int) -> None:
    given(embedded, port)
    post = signed(bounced(past, TO))
    past.had(TO)
    with running(embedded, "web"):
        assert take(port, post)[0] == 200
    assert sorted(each["state"] for each in embedded.run("list", "--json").lines) == ["sent", "suppressed"]
    told = " ".join(embedded.run("explain", TO).stdout.split())
    assert "came back, nobody is there, says SendGrid, so the address is suppressed" in told


def test_what_is_forged_is_told_in_the_log_without_an_address(embedded: Shell, past: Past, port: int) -> None:
    given(embedded, port)
    body, headers = signed(bounced(past, TO))
    with running(embedded, "web") as process:
        assert take(port, (body.replace(b"5.1.1", b"5.1.2"), headers))[0] == 403
        line = json.loads(process.stderr.readline())
    assert (line["fact"], line["provider"], line["why"]) == ("webhook.forged", "sendgrid", "the signature is wrong")
    assert TO not in json.dumps(line)


def test_with_nothing_that_leads_there_it_is_not_served(embedded: Shell) -> None:
    ran = embedded.run("web", status=2)
    assert "none of COLUMBA_UNSUBSCRIBE_URL, COLUMBA_WEBHOOK_… and COLUMBA_SMS_RECEIPTS is set" in ran.stderr


def test_doctor_tells_which_webhooks_are_taken_and_no_secret(embedded: Shell) -> None:
    embedded.settings |= {
        "COLUMBA_WEBHOOK_MAILGUN_KEY": mailgun.KEY,
        "COLUMBA_WEBHOOK_POSTMARK_SECRET": postmark.SECRET,
        "COLUMBA_WEBHOOK_SES_TOPICS": sns.TOPIC,
    }
    ran = embedded.run("doctor", "--json")
    found = {each["text"]: each["verdict"] for each in ran.line["findings"] if each["about"] == "webhooks"}
    assert found["`columba web` takes /bounces/mailgun, /bounces/postmark, /bounces/ses"] == "ok"
    assert [verdict for text, verdict in found.items() if "include the original headers" in text] == ["note"]
    assert mailgun.KEY not in ran.stdout
    assert postmark.SECRET not in ran.stdout
    assert sns.TOPIC in ran.stdout
