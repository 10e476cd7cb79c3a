"""The log in the admin: what people see there, whatever has been written into it."""

from pathlib import Path

from columba_producer.django.admin.deliveries import DeliveryAdmin
from columba_producer.django.admin.models import Delivery
from columba_shared import identity, wire
from columba_shared.clock import utc_now
from columba_shared.event import Event
from columba_shared.log.entries import EventEntry
from columba_shared.log.tables import delivery
from columba_shared.log.writer import writer_for
from django.contrib import admin
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings
from sqlalchemy import update

from tests.live.django.admin.office import EVIL, LISTS, Records, elements, entered, ids, page


def test_lists_show_what_is_on_record_and_are_narrowed_down(log: Records) -> None:
    ann = entered()
    everything = page(ann, "delivery/")
    assert len(ids(everything)) == 9
    for address, state in (("sent", "sent"), ("held", "held"), ("early", "scheduled"), ("dead", "dead")):
        found = log.of(f"{address}@example.org")
        assert found.state == state
        assert ids(page(ann, "delivery/", q=found.address)) == [found.id]
        assert ids(page(ann, "delivery/", q=str(found.id)[:13])) == [found.id]
        assert found.id in ids(page(ann, "delivery/", q=str(found.event_id)))
        assert found.id in ids(page(ann, "delivery/", state=state, since="1h"))
    assert ids(page(ann, "delivery/", kind="nobody.*")) == [log.of("dead@example.org").id]
    for kind in ("nobody.renders", "nobody.*"):
        assert ids(page(ann, "delivery/", q=kind)) == [log.of("dead@example.org").id]
        for below in ("", "nobody.*", "nobody.renders"):
            assert "<bdi>nobody.renders</bdi>" in page(ann, "event/", q=kind, kind=below)
            assert ids(page(ann, "delivery/", q=kind, kind=below)) == [log.of("dead@example.org").id]
        for name in ("event/", "delivery/"):
            assert "Nothing here is like that." in page(ann, name, q=kind, kind="invoice.*")
    assert ids(page(ann, "delivery/", q=EVIL, state="scheduled")) == [log.of("mail@example.org").id]
    assert len(ids(page(ann, "delivery/", q=EVIL))) == 1
    assert ids(page(ann, "delivery/", target="sms")) == []
    assert "order" not in page(ann, "event/", kind="invoice.ready")
    assert page(ann, "event/", kind="invoice.ready").count("<bdi>invoice.ready</bdi>") == 3
    assert "example.net" in page(ann, "suppression/", q="anybody@example.net")
    assert "gone@" not in page(ann, "suppression/", q="anybody@example.net")
    assert "mail@example.org" in page(ann, "address/", q="mail@example.org")


def test_a_number_is_a_users_or_a_keys_before_it_begins_an_id(log: Records) -> None:
    ann, stranger, mine = entered(), log.of("sent@example.org"), log.of("early@example.org")
    number = stranger.id.hex[:8]
    assert ids(page(ann, "delivery/", q=number)) == [stranger.id]
    assert ids(page(ann, "delivery/", q=number[:7])) == []
    with log.engine.begin() as writing:
        writing.execute(update(delivery).where(delivery.c.id == mine.id).values(user_id=number))
    assert ids(page(ann, "delivery/", q=number)) == [mine.id]


def test_no_request_holds_a_transaction_of_any_database_open() -> None:
    connections.settings["other"] = dict(connections.settings["default"])
    try:
        view = DeliveryAdmin(Delivery, admin.site).get_urls()[0].callback
        assert view._non_atomic_requests == {"default", "other"}  # noqa: SLF001 - it is what Django asks
    finally:
        del connections.settings["other"]


def test_a_delivery_tells_its_story_and_an_event_its_deliveries(log: Records) -> None:
    ann = entered()
    dead = page(ann, f"delivery/{log.of('dead@example.org').id}/")
    assert "No, it was given up after 1 attempt: nothing renders nobody.renders" in dead
    assert "<td>cannot be rendered<br>render</td>" in dead
    of_event = page(ann, f"event/{log.of('held@example.org').event_id}/")
    assert "&quot;number&quot;: 43" in of_event
    assert str(log.of("held@example.org").id) in of_event
    source = page(ann, f"delivery/{ids(page(ann, 'delivery/', state='held', kind='evil.kind'))[0]}/")
    assert 'href="/admin/auth/user/1/change/"' in source


def test_a_withdrawal_is_no_event_without_deliveries_yet(log: Records) -> None:
    event = Event(
        id=identity.event_id(),
        kind="order.reminder",
        target="email",
        created_at=utc_now(),
        key="order:42",
        withdraw=True,
    )
    with log.engine.begin() as writing:
        entry = EventEntry(event=event, body=wire.encode(event), recorded_at=utc_now())
        writer_for(log.engine).record(writing, [entry], [])
    ann = entered()
    assert "<bdi>withdraws what waits under order:42</bdi>" in page(ann, "event/", kind="order.reminder")
    shown = page(ann, f"event/{event.id}/")
    assert "withdraws what waits under order:42" in shown
    assert "None yet" not in shown
    assert "What it tells" not in shown


def test_nothing_that_is_on_record_becomes_part_of_a_page(log: Records) -> None:
    ann = entered()
    paths = [f"{name}/" for name in ("delivery", "event", "suppression", "address")]
    mail = log.of("mail@example.org")
    hostile = ids(page(ann, "delivery/", kind="evil.kind"))
    paths += [f"delivery/{each}/" for each in (mail.id, *hostile)]
    paths += [f"event/{log.of('dead@example.org').event_id}/"]
    seen = {path: page(ann, path) for path in paths} | {"search": page(ann, "delivery/", q=EVIL, kind="")}
    seen |= {"bad": page(ann, "delivery/", 400, state=EVIL), "confirm": _asked(ann, log)}
    for path, text in seen.items():
        _check(path, text)


def _check(path: str, text: str) -> None:
    """See that what was written into the log is there, and no part of the page."""
    assert "xss" in text, path
    found = elements(text)
    assert not [tag for tag, _ in found if "xss" in tag], path
    assert not [each for each in found if each[0] == "script" and not each[1].get("src")], path
    assert not [name for _, attributes in found for name in attributes if name.startswith("on")], path


def _asked(client: Client, log: Records) -> str:
    key = log.key("mail@example.org")
    asked = client.post(f"{LISTS}/delivery/decide/", {"ruling": "hold", "_selected_action": [key], "back": f"q={EVIL}"})
    assert "Hold: 1 delivery." in asked.content.decode()
    return str(asked.content.decode())


def test_a_message_is_shown_as_it_would_be_sent_in_a_frame_that_runs_nothing(log: Records) -> None:
    ann = entered()
    answer = ann.get(f"{LISTS}/delivery/{log.of('mail@example.org').id}/message/")
    text = answer.content.decode()
    assert "There is no message" not in text, text[text.index("There is no message") :][:500]
    _check("message", text)
    assert "As it would be sent now." in text
    ((_, frame),) = [each for each in elements(text) if each[0] == "iframe"]
    assert frame["sandbox"] == ""
    content = frame["srcdoc"] or ""
    assert content.startswith('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:')
    assert "<h1>Hi</h1><xss onx=1>" in content
    assert "frame-src 'none'" in answer.headers["Content-Security-Policy"]


def test_why_there_is_no_message_is_told(log: Records) -> None:
    ann = entered()
    with override_settings(COLUMBA={"TEMPLATES": Path("/nowhere")}):
        text = page(ann, f"delivery/{log.of('held@example.org').id}/message/")
    assert "There is no message to show: <bdi>nothing renders invoice.ready" in text


def test_a_message_that_is_kept_nowhere_is_not_offered(log: Records) -> None:
    ann = entered()
    for address, offered in (("sent", False), ("dead", False), ("held", True), ("early", True)):
        text = page(ann, f"delivery/{log.of(f'{address}@example.org').id}/")
        assert ("Read its message" in text) is offered, address
        assert ("what has gone is kept only where COLUMBA_EMAIL_KEEP" in text) is (address == "sent")


def test_permissions_decide_who_sees_what(log: Records) -> None:
    held = log.of("held@example.org")
    nobody, viewer = entered("view_event", name="nobody"), entered("view_delivery", name="viewer")
    page(nobody, "delivery/", 403)
    page(nobody, f"delivery/{held.id}/", 403)
    assert "number" not in page(nobody, f"event/{held.event_id}/")
    assert "held@example.org" in page(viewer, "delivery/")
    for path in (f"delivery/{held.id}/", "delivery/"):
        text = page(viewer, path)
        assert "Read its message" not in text
        assert "Approve" not in text
    page(viewer, f"delivery/{held.id}/message/", 403)
    page(viewer, "suppression/", 403)
    reader = entered("view_delivery", "read_delivery", name="reader")
    assert "Read its message" in page(reader, f"delivery/{held.id}/")
    assert Client().get(f"{LISTS}/delivery/").status_code == 302
    index = reader.get("/admin/").content.decode()
    assert "Deliveries" in index
    assert "Suppressions" not in index


def test_what_is_asked_wrongly_or_is_not_there_is_told(log: Records) -> None:
    ann, unknown = entered(), "00000000-0000-0000-0000-000000000000"
    for query in ({"after": "nonsense"}, {"state": "nonsense"}, {"kind": "§"}, {"event": "x"}, {"q": "a\0b"}):
        page(ann, "delivery/", 400, **query)
    for path in ("suppression/", "address/", "event/"):
        page(ann, path, 400, after='["nonsense"]')
    for search in ("non sense", "invoice"):
        assert "nor a kind of several words" in page(ann, "event/", 400, q=search)
    page(ann, "delivery/nonsense/", 400)
    for path in (f"delivery/{unknown}/", f"delivery/{unknown}/message/", f"event/{unknown}/"):
        page(ann, path, 404)
    with override_settings(COLUMBA={"DATABASE_URL": "sqlite:////nowhere/columba.db"}):
        assert "there is no such file" in page(ann, "delivery/", 503)
    with override_settings(COLUMBA={"DATABASE_URL": "nonsense"}):
        assert "must be a database URL" in page(ann, "event/", 503)
    assert log.of("held@example.org").state == "held"


def test_commands_that_go_through_all_models_pass_by(log: Records) -> None:
    del log
    call_command("dumpdata", "columba_admin", verbosity=0)
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    call_command("check")
