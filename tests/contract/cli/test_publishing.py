"""What enqueue publishes, and what render would say."""

import json
from datetime import timedelta

import pytest
from columba_shared.log.tables import outbox
from columba_shared.wire import decode
from sqlalchemy import select

from tests.contract.cli import letters
from tests.contract.cli.letters import NORMAL
from tests.contract.cli.past import REJECTED, Past
from tests.contract.cli.shell import Shell
from tests.system.forks import Json


def test_a_browser_is_shown_the_html(embedded: Shell) -> None:
    asked = ("render", "invoice.ready", "--to", "b@example.org", "--set", "number=7", "--open")
    browser = embedded.folder / "browser"
    browser.write_text('#!/bin/sh\necho "$1" > shown\n')
    browser.chmod(0o755)
    embedded.settings |= {"BROWSER": str(browser), "TMPDIR": str(embedded.folder)}
    embedded.run(*asked)
    assert (embedded.folder / "shown").read_text().strip().endswith("mail.html")
    embedded.run(*asked, "--html", "mine.html")
    assert (embedded.folder / "shown").read_text().strip() == (embedded.folder / "mine.html").as_uri()
    embedded.settings["BROWSER"] = str(embedded.folder / "none")
    embedded.settings["PATH"] = str(embedded.folder)
    assert "--open: there is no browser" in embedded.run(*asked, status=1).stderr


def test_a_logged_delivery_is_rendered_as_somebody_else_would_have_it(shell: Shell, past: Past) -> None:
    (shell.folder / "templates" / "invoice.ready" / "email.txt").write_text("{{ '2026-11-21' | date('long') }}")
    delivery = past.had("bob@example.org")
    texts = [
        shell.run("render", "--from-log", str(delivery), *more, "--json").line["text"].strip()
        for more in ((), ("--locale", "de-AT"))
    ]
    assert texts == ["November 21, 2026", "21. November 2026"]


def written(shell: Shell) -> list[Json]:
    """Return the events in the outbox."""
    engine = shell.log()
    with engine.connect() as connection:
        bodies = list(connection.scalars(select(outbox.c.body).order_by(outbox.c.id)))
    engine.dispose()
    return [decode(body) for body in bodies]


def test_enqueue_prints_the_id_of_the_event_that_it_wrote(embedded: Shell) -> None:
    printed = embedded.run("enqueue", "invoice.ready", "--to", "bob@example.org", "--context", '{"number": 42}').stdout
    (event,) = written(embedded)
    assert (str(event.id), event.context) == (printed.strip(), {"number": 42})


def test_enqueue_tells_a_user(embedded: Shell) -> None:
    printed = embedded.run("enqueue", "a.b", "--to", "b@example.org", "--user", "42", "--json").line
    assert (printed["to"], printed["users"]) == (["b@example.org"], ["42"])
    (event,) = written(embedded)
    assert [(each.address, each.user) for each in event.to] == [("b@example.org", None), ("user:42", "42")]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--to", "bob"), "--to: is not one plain email address"),
        (("--to", "b@example.org", "--user", ""), "--user: must be a string"),
        (("--to", "b@example.org", "--hold", "--auto", "cancel"), "--auto: goes with defer_for or at"),
    ],
)
def test_enqueue_names_the_option_that_is_wrong(embedded: Shell, arguments: tuple[str, ...], problem: str) -> None:
    assert problem in embedded.run("enqueue", "a.b", *arguments, status=2).stderr


def test_enqueue_publishes_to_the_lane_of_its_target(on_servers: Shell) -> None:
    on_servers.run("enqueue", "invoice.ready", "--to", "bob@example.org", "--set", "number=42")
    (message,) = letters.taken(on_servers, NORMAL)
    assert message.properties["type"] == "invoice.ready"


def test_enqueue_takes_facts_from_a_file_and_single_ones_on_top(embedded: Shell) -> None:
    facts = json.dumps({"number": 1, "name": "Bob"})
    embedded.run("enqueue", "a.b", "--to", "b@example.org", "--context-file", "-", "--set", "name=Amy=x", stdin=facts)
    assert written(embedded)[0].context == {"number": 1, "name": "Amy=x"}


def test_enqueue_with_the_same_key_twice_is_one_event(embedded: Shell) -> None:
    ids = {embedded.run("enqueue", "a.b", "--to", "b@example.org", "--idempotency-key", "k").stdout for _ in range(2)}
    assert len(ids) == 1


def test_enqueue_without_a_broker_fails_in_one_sentence(on_servers: Shell) -> None:
    on_servers.settings["COLUMBA_BROKER_URL"] = "amqp://guest:secret@127.0.0.1:1/"
    ran = on_servers.run("enqueue", "a.b", "--to", "bob@example.org", status=1)
    assert ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1
    assert "secret" not in ran.stderr


def test_render_shows_the_exact_message_and_leaves_no_trace(embedded: Shell) -> None:
    made = embedded.run("render", "invoice.ready", "--to", "bob@example.org", "--set", "number=7", "--json").line
    assert ["Subject", "Invoice 7"] in made["headers"]
    assert made["html"] == "<p>Your invoice <b>7</b> is ready.</p>\n"
    assert written(embedded) == []
    assert embedded.run("list", "--json").lines == []


def test_render_from_the_log_uses_what_was_published(shell: Shell, past: Past) -> None:
    delivery = past.had("bob@example.org", REJECTED, number=11)
    made = shell.run("render", "--from-log", str(delivery), "--json").line
    assert made["text"] == "Your invoice 11 is ready.\n"


def test_render_writes_the_html_where_it_is_wanted(embedded: Shell) -> None:
    embedded.run("render", "invoice.ready", "--to", "b@example.org", "--set", "number=7", "--html", "mail.html")
    assert (embedded.folder / "mail.html").read_text() == "<p>Your invoice <b>7</b> is ready.</p>\n"


def test_render_finds_the_apps_module_in_the_current_folder(embedded: Shell) -> None:
    source = """
from columba_consumers import EmailMessage, renderer

@renderer("greeting", target="email")
def greeting(event, recipient):
    return EmailMessage(subject="Hello", text="hi") if recipient.name else None
"""
    (embedded.folder / "shop_app.py").write_text(source)
    embedded.settings |= {"COLUMBA_APP": "shop_app", "PYTHONSAFEPATH": "1"}
    named = embedded.run("render", "greeting", "--to", "b@example.org", "--name", "Bob", "--json").line
    assert named["text"] == "hi\n"
    assert embedded.run("render", "greeting", "--to", "b@example.org", "--json").line is None


RELEVANCE = """
from columba_consumers import still_relevant

@still_relevant("invoice.*")
def unpaid(event, recipient):
    if recipient.address.startswith("boom"):
        raise RuntimeError("nobody knows")
    return recipient.address != "paid@example.org"
"""


def test_render_and_show_say_what_the_app_no_longer_wants_told(embedded: Shell, past: Past) -> None:
    (embedded.folder / "shop_app.py").write_text(RELEVANCE)
    embedded.settings["COLUMBA_APP"] = "shop_app"
    told = {}
    for person in ("paid@example.org", "due@example.org"):
        delivery = past.had(person, due_in=timedelta(hours=1))
        rendered = embedded.run("render", "invoice.ready", "--to", person, "--set", "number=7", "--json").line
        shown = embedded.run("show", str(delivery), "--json").line["message"]
        told[person] = (rendered["relevant"], shown["relevant"], bool(rendered["text"]), bool(shown["text"]))
    assert told == {"paid@example.org": (False, False, True, True), "due@example.org": (True, True, True, True)}
    assert "no longer relevant" in embedded.run("render", "--from-log", str(past.had("paid@example.org"))).stderr


def test_show_tells_when_the_app_cannot_say_whether_it_is_relevant(embedded: Shell, past: Past) -> None:
    (embedded.folder / "shop_app.py").write_text(RELEVANCE)
    embedded.settings["COLUMBA_APP"] = "shop_app"
    shown = embedded.run("show", str(past.had("boom@example.org", due_in=timedelta(hours=1))), "--json").line
    assert shown["message"] is None
    assert shown["message_problem"] == "RuntimeError: nobody knows in shop_app:unpaid"


def test_render_refuses_a_forged_header(embedded: Shell) -> None:
    forged = "number==?utf-8?q?hi=0ABcc:_evil@example.org?="
    told = embedded.run("render", "invoice.ready", "--to", "bob@example.org", "--set", forged, status=1).stderr
    assert "Subject" in told


def test_enqueue_takes_fallbacks_for_a_user(embedded: Shell) -> None:
    embedded.settings["COLUMBA_TARGETS"] = "email,sms,push"
    asked = ("enqueue", "door.rings", "--user", "42", "--target", "push", "--fallback", "sms=5m", "--fallback")
    printed = embedded.run(*asked, "email=1h", "--json").line
    assert printed["targets"] == ["push", "sms", "email"]
    push, sms, email = written(embedded)
    assert (push.due_at, sms.due_at - push.created_at) == (None, timedelta(minutes=5))
    assert email.due_at - sms.due_at == timedelta(hours=1)
    assert "such as sms=5m" in embedded.run(*asked, "sms", status=2).stderr
    assert "--fallback: 'fax' is unknown" in embedded.run(*asked, "fax=1m", status=2).stderr


@pytest.mark.parametrize(
    "option", [("--set", "number=7"), ("--context", "{}"), ("--about", "a:1"), ("--target", "email")]
)
def test_what_a_delivery_of_the_log_has_of_its_own_is_refused_by_name(
    embedded: Shell, past: Past, option: tuple[str, str]
) -> None:
    delivery = past.had("bob@example.org")
    told = embedded.run("render", "--from-log", str(delivery), *option, status=2).stderr
    assert f"{option[0]} goes with KIND and --to" in told


def test_a_preview_has_the_headers_by_which_people_leave(embedded: Shell) -> None:
    embedded.settings |= {
        "COLUMBA_UNSUBSCRIBE_URL": "https://mail.example.com/u",
        "COLUMBA_UNSUBSCRIBE_CATEGORIES": "invoice",
        "COLUMBA_UNSUBSCRIBE_KEYS": "0123456789abcdef0123456789abcdef",
    }
    shown = embedded.run("render", "invoice.ready", "--to", "bob@example.org", "--set", "number=1", "--json").line
    headers = dict(shown["headers"])
    assert headers["List-Unsubscribe"].startswith("<https://mail.example.com/u/")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
