"""Who must not be written to, as people say it in the admin: as the commands do, and on record with their names."""

import json
from datetime import timedelta
from typing import Any

from columba_shared.log import orders, suppressions
from columba_shared.log.suppression_list import SuppressionList
from columba_shared.log.suppressions import Source
from columba_shared.log.tables import audit
from columba_shared.state import State
from django.test import Client
from sqlalchemy import select

from tests.live.django.admin.office import EVIL, LISTS, Records, entered, page

_ADD = f"{LISTS}/suppression/add/"
_LIFT = f"{LISTS}/suppression/lift/"


def add(client: Client, **form: str) -> str:
    """Send the form; return the page that follows."""
    return str(client.post(_ADD, form, follow=True).content.decode())


def lift(client: Client, *keys: str, **more: str) -> str:
    """Choose entries; return the page that follows."""
    given = {"ruling": "lift", "_selected_action": keys, **more}
    return str(client.post(_LIFT, given, follow=True).content.decode())


def acts(log: Records, what: str) -> list[Any]:
    """Return who did that, and why, first to last."""
    with log.engine.connect() as connection:
        query = select(audit.c.who, audit.c.why).where(audit.c.what == what).order_by(audit.c.at, audit.c.id)
        return list(connection.execute(query))


def test_an_address_is_put_on_the_list_and_taken_off_by_somebody_who_says_why(log: Records) -> None:
    ann, kept = entered(name="ann"), SuppressionList(log.engine)
    assert "Add suppression" in page(ann, "suppression/")
    told = add(ann, address=" Early@EXAMPLE.org ", target="email", why="asked by <phone>")
    assert "On the list. Deliveries that waited and are suppressed: 1." in told
    (entry,) = kept.matching("early@example.org")
    assert (entry.address, entry.target, entry.who, entry.why, entry.source) == (
        "early@example.org",
        "email",
        "ann",
        "asked by <phone>",
        Source.OPERATOR,
    )
    early = log.of("early@example.org")
    assert (early.state, early.reason) == (State.SUPPRESSED, "address suppressed by ann: asked by <phone>")
    key = '["early@example.org","email",""]'
    assert 'id="id_why" size="60" maxlength="500" required' in lift(ann, key)
    assert "Say why" not in lift(ann, key)
    assert "Say why: nothing is taken off the list without a reason." in lift(ann, key, confirmed="1", why=" ")
    assert kept.matching("early@example.org")
    told = lift(ann, key, confirmed="1", why="wants it again")
    assert "1 entry taken off the list. Deliveries that wait again: 1." in told
    assert log.of("early@example.org").state is State.SCHEDULED
    assert not kept.matching("early@example.org")
    assert "None of them is on the list any more." in lift(ann, key, confirmed="1", why="twice")
    assert ("ann", "asked by <phone>") in acts(log, "suppressed")
    assert acts(log, "no longer suppressed") == [("ann", "wants it again")] * 2  # of the entry, and of the delivery


def test_what_is_no_address_or_has_no_reason_is_told_beside_the_field(log: Records) -> None:
    ann = entered()
    assert "is no address: write @example.com for a whole domain" in add(ann, address="example.com", why="x")
    assert "This field is required." in add(ann, address="bob@example.com", why=" ")
    assert "Select a valid choice" in add(ann, address="bob@example.com", target="pigeon", why="x")
    assert "Please correct" in add(ann, address="no address", target="email", why="x")
    assert not SuppressionList(log.engine).matching("bob@example.com")
    assert "<xss" not in add(ann, address=EVIL, why=EVIL)
    told = add(ann, address="bob@example.com", category="a\u202eb", why="x")
    assert "errors" not in told[told.index("field-address") :].partition(">")[0]
    assert '<ul class="errorlist nonfield"' in told
    assert "a category has at most" in told
    many, given = ['["a","",""]'] * 501, {"ruling": "lift", "confirmed": "1", "why": "x"}
    for bad in ("nonsense", '["a","b"]', "[1,2,3]", '["a\\u0000","",""]', many):
        assert ann.post(_LIFT, {**given, "_selected_action": bad}).status_code == 400


def test_who_was_forgotten_is_taken_off_the_list_with_others(log: Records) -> None:
    kept = SuppressionList(log.engine)
    kept.suppress("+436601234567", target="sms")
    with log.engine.begin() as connection:
        suppressions.forget(connection, ["+436601234567"], orders.secret(connection))
    keys = [json.dumps(each.key) for each in kept.walk()]
    assert "forgotten:" in "".join(keys)
    assert "3 entries taken off the list." in lift(entered(), *keys, confirmed="1", why="a mistake")
    assert not list(kept.walk())


def test_an_entry_may_run_out(log: Records) -> None:
    add(entered(), address="*.example.com", category="news", days="30", why="on holiday")
    (entry,) = SuppressionList(log.engine).matching("bob@mail.example.com")
    assert entry.until is not None
    assert (entry.address, entry.category) == ("@*.example.com", "news")
    assert timedelta(days=29) < entry.until - entry.at <= timedelta(days=30)


def test_whoever_may_only_look_neither_adds_nor_lifts(log: Records) -> None:
    viewer = entered("view_suppression", name="viewer")
    text = page(viewer, "suppression/")
    assert "Add suppression" not in text
    assert "_selected_action" not in text
    assert viewer.get(_ADD).status_code == 403
    assert viewer.post(_ADD, {"address": "bob@example.com", "why": "x"}).status_code == 403
    assert (
        viewer.post(_LIFT, {"ruling": "lift", "_selected_action": '["gone@example.org","","evil"]'}).status_code == 403
    )
    assert not SuppressionList(log.engine).matching("bob@example.com")
    assert SuppressionList(log.engine).matching("gone@example.org")
    assert entered("view_suppression", "delete_suppression", name="lifter").get(_LIFT).status_code == 405
