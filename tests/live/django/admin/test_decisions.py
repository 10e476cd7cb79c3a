"""What people decide in the admin about deliveries: carried out, and on record with their names."""

import sys
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from columba_producer.django import enqueue
from columba_producer.django.admin import message
from columba_shared.log.audit import Author, acts_on
from columba_shared.log.suppression_list import SuppressionList
from columba_shared.log.tables import delivery
from columba_shared.publishing.connection import Access
from columba_shared.state import State
from columba_shared.topology import Plan
from columba_shared.topology.declare import declare
from django.contrib.auth import get_user_model
from django.test import override_settings
from sqlalchemy import insert, select

from tests.contract.cli.shell import Shell, running, until
from tests.live.django.admin.office import LISTS, Records, decide, elements, entered, ids, page, records


def test_what_is_decided_is_done_and_on_record(shell: Shell, log: Records) -> None:
    ann = entered(name="ann")
    asked = ann.post(
        f"{LISTS}/delivery/decide/", {"ruling": "hold", "_selected_action": [log.key("early@example.org")]}
    )
    assert "Hold: 1 delivery." in asked.content.decode()
    assert log.of("early@example.org").state is State.SCHEDULED
    answer = decide(ann, "hold", log.key("early@example.org"), why="not <yet>", back="state=scheduled")
    assert answer.redirect_chain == [(f"{LISTS}/delivery/?state=scheduled", 302)]
    assert "1 delivery held." in answer.content.decode()
    early = log.of("early@example.org")
    assert early.state is State.HELD
    assert "held by ann: not &lt;yet&gt;" in page(ann, f"delivery/{early.id}/")
    keys = [log.key(f"{name}@example.org") for name in ("late", "held", "sent")]
    told = decide(ann, "send", *keys).content.decode()
    assert "2 deliveries sent as soon as may be." in told
    assert "Left alone: sent@example.org, it is sent already." in told
    assert "1 delivery approved." in decide(ann, "approve", log.key("early@example.org")).content.decode()
    assert log.of("early@example.org").due_at > early.due_at - timedelta(minutes=1)
    assert "1 delivery cancelled." in decide(ann, "cancel", log.key("kept@example.org"), why="x").content.decode()
    died = log.key("dead@example.org")
    assert "1 delivery made to go again." in decide(ann, "retry", died, why="it has a template").content.decode()
    assert (log.of("dead@example.org").state, log.of("dead@example.org").attempts) == ("scheduled", 0)
    assert "Left alone: dead@example.org, it waits to be sent." in decide(ann, "retry", died).content.decode()
    shell.run("up", "--once", status=1)
    states = {name: log.of(f"{name}@example.org").state for name in ("early", "late", "held", "kept")}
    assert states == {"early": "scheduled", "late": "sent", "held": "sent", "kept": "cancelled"}
    with log.engine.connect() as connection:
        (act,) = acts_on(connection, [log.of("kept@example.org").id])
    assert (act.author.who, act.author.why, act.what) == ("ann", "x", "cancelled")
    assert log.of("dead@example.org").state is State.DEAD
    assert "retried by ann: it has a template" in page(ann, f"delivery/{log.of('dead@example.org').id}/")
    asked = ann.post(f"{LISTS}/delivery/decide/", {"ruling": "retry", "_selected_action": died}, follow=True)
    for told in (asked, decide(ann, "retry", died)):
        assert "Left alone: dead@example.org, changed since" in told.content.decode()
    assert log.of("dead@example.org").state is State.DEAD


def test_what_somebody_else_has_changed_since_is_left_alone(log: Records) -> None:
    ann = entered()
    seen = log.key("early@example.org")
    decide(ann, "hold", seen)
    for ruling in ("cancel", "send"):
        assert (
            "Left alone: early@example.org, changed since it was looked at."
            in decide(ann, ruling, seen).content.decode()
        )
    first = {"ruling": "cancel", "_selected_action": [seen, f"{UUID(int=7)}:0:0"]}
    asked = ann.post(f"{LISTS}/delivery/decide/", first, follow=True)
    assert asked.redirect_chain
    assert "Left alone: early@example.org, changed since you looked at it." in asked.content.decode()
    assert "Not in the log any more: 1 delivery." in asked.content.decode()
    assert log.of("early@example.org").state is State.HELD


def test_what_cannot_be_decided_is_told_row_by_row_before_anybody_is_asked(log: Records) -> None:
    ann = entered()
    keys = [log.key(f"{name}@example.org") for name in ("sent", "dead", "early")]
    asked = ann.post(f"{LISTS}/delivery/decide/", {"ruling": "send", "_selected_action": keys}).content.decode()
    assert "Send now: 1 delivery." in asked
    assert f'name="_selected_action" value="{keys[2]}"' in asked
    assert keys[0] not in asked
    for told in ("sent@example.org, it is sent already.", "dead@example.org, it was given up"):
        assert f"Left alone: {told}" in asked
    refused = ann.post(f"{LISTS}/delivery/decide/", {"ruling": "approve", "_selected_action": keys}, follow=True)
    assert refused.redirect_chain
    assert "Left alone: early@example.org, it is not held." in refused.content.decode()


def test_what_is_dead_goes_again_unless_it_should_not(log: Records) -> None:
    ann, key = entered(), log.key("dead@example.org")
    own = page(ann, f"delivery/{log.of('dead@example.org').id}/")
    assert '<button type="submit" class="button" name="ruling" value="retry">Retry</button>' in own
    asked = ann.post(f"{LISTS}/delivery/decide/", {"ruling": "retry", "_selected_action": key}).content.decode()
    assert "Retry: 1 delivery." in asked
    assert "not wanted any more or has expired is left alone, too." in asked
    kept = SuppressionList(log.engine)
    kept.suppress("dead@example.org", why="x", author=Author(who="bob"))
    assert "Left alone: dead@example.org, address suppressed by bob: x." in decide(ann, "retry", key).content.decode()
    kept.lift("dead@example.org", author=Author(who="bob"))
    for address, state, told in (
        ("sent", "sent", "it is sent already"),
        ("early", "scheduled", "it waits to be sent"),
        ("kept", "held", "it is held"),
        ("late", "in_doubt", "nobody knows whether it was sent: say what became of it"),
    ):
        log.change(f"{address}@example.org", state=state)
        assert (
            f"{address}@example.org, {told}."
            in decide(ann, "retry", log.key(f"{address}@example.org")).content.decode()
        )
    assert "1 delivery made to go again." in decide(ann, "retry", key).content.decode()


def test_no_more_go_again_at_once_than_a_replay_would_have_under_way(log: Records) -> None:
    ann, dead = entered(), log.of("dead@example.org")
    with log.engine.begin() as writing:
        columns = writing.execute(select(delivery).where(delivery.c.id == dead.id)).mappings().one()
        rows = [{**columns, "id": UUID(int=each), "address": f"{each}@example.org"} for each in range(1, 43)]
        writing.execute(insert(delivery), rows)
    given = {
        "ruling": "retry",
        "_selected_action": [f"{UUID(int=each)}:0:{dead.claim}" for each in range(1, 43)],
        "back": "state=dead&kind=nobody.*&since=7d",
    }
    asked = ann.post(f"{LISTS}/delivery/decide/", given).content.decode()
    assert "Retry: 40 deliveries." in asked
    assert "Left for later: 2 deliveries. At most 40 go again at once" in asked
    assert "`columba retry --kind &#x27;nobody.*&#x27; --since 7d` does" in asked
    for query, command in (
        ("state=dead", "--status dead"),
        (f"event={dead.event_id}", str(dead.event_id)),
        (f"event={dead.event_id}&target=email", "ID …"),
        ("q=x", "ID …"),
    ):
        asked = ann.post(f"{LISTS}/delivery/decide/", {**given, "back": query}).content.decode()
        assert f"`columba retry {command}`" in asked
    assert ann.post(f"{LISTS}/delivery/decide/", {**given, "confirmed": "1"}).status_code == 400
    assert {log.of(f"{each}@example.org").state for each in (1, 42)} == {State.DEAD}


def test_what_is_in_doubt_is_settled_by_whoever_knows(log: Records) -> None:
    ann = entered(name="ann")
    for address in ("early", "late", "sent"):
        log.change(f"{address}@example.org", state="in_doubt")
    early, late, other = (log.key(f"{address}@example.org") for address in ("early", "late", "sent"))
    own = page(ann, f"delivery/{log.of('early@example.org').id}/")
    for name, words in (("sent", "Was sent"), ("resend", "Was not sent: send it again")):
        assert f'name="ruling" value="{name}">{words}</button>' in own
    asked = ann.post(f"{LISTS}/delivery/decide/", {"ruling": "resend", "_selected_action": late}).content.decode()
    assert "Whoever has it after all gets it twice." in asked
    log.change("sent@example.org", claim=7)
    for ruling in ("sent", "resend"):
        assert "sent@example.org, changed since it was" in decide(ann, ruling, other).content.decode()
    assert "1 delivery settled as sent." in decide(ann, "sent", early, why="she has it").content.decode()
    assert "1 delivery sent again as soon as may be." in decide(ann, "resend", late).content.decode()
    stand = {
        name: (log.of(f"{name}@example.org").state, log.of(f"{name}@example.org").reason) for name in ("early", "late")
    }
    assert stand == {
        "early": ("sent", "settled as sent by ann: she has it"),
        "late": ("retrying", "settled as resend by ann"),
    }
    assert "early@example.org, it is sent already." in decide(ann, "sent", early).content.decode()
    assert "late@example.org, it waits to be sent." in decide(ann, "resend", late).content.decode()
    assert "late@example.org, not in doubt." in decide(ann, "sent", late).content.decode()


def test_whoever_may_only_look_decides_nothing(log: Records) -> None:
    key = log.key("held@example.org")
    viewer = entered("view_delivery", "read_delivery", name="viewer")
    for ruling in ("approve", "retry", "sent", "resend"):
        assert decide(viewer, ruling, key).status_code == 403
    assert log.of("held@example.org").state is State.HELD
    decider = entered("view_delivery", "change_delivery", name="decider")
    assert "1 delivery approved." in decide(decider, "approve", key).content.decode()
    assert log.of("held@example.org").state is State.SCHEDULED


def test_exactly_what_was_read_is_approved_and_nothing_else(shell: Shell, log: Records) -> None:
    ann, held = entered(name="ann"), log.of("held@example.org")
    text = page(ann, f"delivery/{held.id}/message/")
    assert "<bdi>Invoice 43</bdi>" in text
    ((_, digest),) = [each for each in elements(text) if each[1].get("name") == "digest"]
    asked, path = {"digest": digest["value"], "why": "-read"}, f"{LISTS}/delivery/{held.id}/approve/"
    shell.write_templates(**{"email.txt": "Pay at once!\n"})
    assert "Not approved: changed since it was looked at." in ann.post(path, asked, follow=True).content.decode()
    assert log.of(held.address).state is State.HELD
    shell.write_templates()
    assert "Approved, word for word" in ann.post(path, asked, follow=True).content.decode()
    assert log.of(held.address).state is State.SCHEDULED
    for permission in ("change_delivery", "read_delivery"):
        bob = entered("view_delivery", permission, name=permission)
        assert bob.post(path, asked).status_code == 403
    for bad in ({"digest": "--help"}, {"digest": "a" * 200_000}, {**asked, "why": "x" * 200_000}):
        assert ann.post(path, bad).status_code == 400
    assert "approved by ann: -read" in page(ann, f"delivery/{held.id}/")


def test_nothing_is_decided_by_a_link_or_from_another_site(log: Records) -> None:
    key = log.key("held@example.org")
    ann = entered(strict=True)
    asked = {"ruling": "approve", "_selected_action": key, "confirmed": "1"}
    assert ann.post(f"{LISTS}/delivery/decide/", asked).status_code == 403
    assert ann.get(f"{LISTS}/delivery/decide/", asked).status_code == 405
    assert log.of("held@example.org").state is State.HELD
    page(ann, "delivery/")
    own = {"csrfmiddlewaretoken": ann.cookies["csrftoken"].value}
    assert decide(ann, "approve", key, **own).status_code == 200
    assert log.of("held@example.org").state is State.SCHEDULED


def test_what_makes_no_sense_is_refused(log: Records) -> None:
    ann, key = entered(), log.key("held@example.org")
    assert "Choose some deliveries" in decide(ann, "nonsense", key).content.decode()
    assert "Choose some deliveries" in decide(ann, "hold").content.decode()
    for bad in ("nonsense", f"{key}x", f"{key}{0:9}", "nonsense:1:1", key.rpartition(":")[0]):
        assert decide(ann, "hold", bad).status_code == 400
    assert decide(ann, "hold", *[key] * 501).status_code == 400
    assert decide(ann, "cancel", key, why="x" * 501).status_code == 400
    assert decide(ann, "hold", key, back="https://example.net/").redirect_chain[0][0].startswith(f"{LISTS}/delivery/?")
    assert log.of("held@example.org").state is State.HELD


def test_whose_name_cannot_be_kept_is_on_record_by_number(log: Records) -> None:
    ann = entered(name="a" * 150)
    decide(ann, "cancel", log.key("held@example.org"))
    (number,) = get_user_model().objects.values_list("pk", flat=True)
    assert log.of("held@example.org").reason == f"cancelled by user {number}"


def test_the_log_may_be_elsewhere_and_is_told_through_the_broker(
    shell: Shell, postgres_log_url: str, amqp_url: str
) -> None:
    where = {"DATABASE_URL": postgres_log_url, "BROKER_URL": amqp_url}
    declare(Plan.for_targets(("email",)), Access.to(amqp_url))
    shell.settings |= {f"COLUMBA_{name}": value for name, value in where.items()}
    with override_settings(COLUMBA=where), records(postgres_log_url) as log:
        enqueue("invoice.ready", to="held@example.org", context={"number": 2}, hold=True)
        ann = entered()
        with running(shell, "ledger"):
            until(lambda: ids(page(ann, "delivery/", state="held")) != [], "the ledger has recorded it")
        held = log.of("held@example.org")
        assert ids(page(ann, "delivery/", state="held")) == [held.id]
        assert "1 delivery sent as soon as may be." in decide(ann, "send", log.key(held.address)).content.decode()
        assert log.of("held@example.org").state is State.SCHEDULED
        shell.run("work", "email", "--once")
        assert ids(page(ann, "delivery/", state="sent")) == [held.id]
        assert "Yes, it was sent" in page(ann, f"delivery/{held.id}/")


def test_what_the_program_prints_beside_its_answer_or_instead_is_no_error_page(
    log: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, held = entered(), log.of("held@example.org")
    shown, path = f"delivery/{held.id}/message/", f"{LISTS}/delivery/{held.id}/approve/"
    answer = '{"message": null, "message_problem": "gone since", "left": {}, "problem": null}'

    def prints(code: str) -> None:
        monkeypatch.setattr(message, "prepared", lambda _: ([sys.executable, "-c", code], {}))

    def approved() -> str:
        return str(ann.post(path, {"digest": "abc"}, follow=True).content.decode())

    prints(f"print('hello from the app'); print({answer!r})")
    assert "<bdi>gone since</bdi>" in page(ann, shown)
    assert "Approved, word for word" in approved()
    prints("print('hello from the app')")
    assert "ended with 0 and no answer" in page(ann, shown)
    assert "Nobody knows whether it is approved, look again" in approved()
    prints("import os; os.kill(os.getpid(), 9)")
    assert "Nobody knows whether it is approved, look again" in approved()
    prints("import sys; sys.exit('no such delivery')")
    assert "Not approved: no such delivery." in approved()
    monkeypatch.setattr(message, "PATIENCE_SECONDS", 0.2)
    prints("import time; time.sleep(60)")
    assert "not ready after 0.2 seconds" in page(ann, shown)
    assert "Nobody knows whether it is approved, look again" in approved()
    monkeypatch.setattr(message, "prepared", lambda _: (["/nowhere/columba"], {}))
    assert "does not start" in page(ann, shown)
    monkeypatch.setattr(message, "_WAIT_SECONDS", 0)
    monkeypatch.setattr(message, "_AT_ONCE", threading.Semaphore(0))
    assert "too many messages are being made" in page(ann, shown)
