"""What people decide in the admin about deliveries: carried out, and on record with their names."""

import sys
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from columba_producer.django import enqueue
from columba_producer.django.admin import message
from columba_shared.log.audit import acts_on
from columba_shared.publishing.connection import Access
from columba_shared.state import State
from columba_shared.topology import Plan
from columba_shared.topology.declare import declare
from django.contrib.auth import get_user_model
from django.test import override_settings

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
    shell.run("up", "--once")
    states = {name: log.of(f"{name}@example.org").state for name in ("early", "late", "held", "kept")}
    assert states == {"early": "scheduled", "late": "sent", "held": "sent", "kept": "cancelled"}
    with log.engine.connect() as connection:
        (act,) = acts_on(connection, [log.of("kept@example.org").id])
    assert (act.author.who, act.author.why, act.what) == ("ann", "x", "cancelled")


def test_what_somebody_else_has_changed_since_is_left_alone(log: Records) -> None:
    ann = entered()
    seen = log.key("early@example.org")
    decide(ann, "hold", seen)
    for ruling in ("cancel", "send"):
        assert (
            "Left alone: early@example.org, changed since it was looked at."
            in decide(ann, ruling, seen).content.decode()
        )
    first = {"ruling": "cancel", "_selected_action": [seen, f"{UUID(int=7)}:0"]}
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


def test_whoever_may_only_look_decides_nothing(log: Records) -> None:
    key = log.key("held@example.org")
    viewer = entered("view_delivery", "read_delivery", name="viewer")
    assert decide(viewer, "approve", key).status_code == 403
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
    for bad in ("nonsense", f"{key}x", "nonsense:1"):
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
        assert (
            "1 delivery sent as soon as may be." in decide(ann, "send", f"{held.id}:{held.revision}").content.decode()
        )
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
