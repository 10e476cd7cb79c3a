"""The app's hooks before and after a delivery, however Columba is run."""

from uuid import UUID

from columba_shared.log.tables import audit, delivery
from sqlalchemy import select

from tests.system.system import System, until


def enqueue(columba: System, address: str) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.hooked", to=address, context={"number": 1})


def test_a_hook_changes_what_is_said(columba: System) -> None:
    enqueue(columba, "hooked-plainly@example.org")
    columba.await_state("hooked-plainly@example.org", "sent")
    (mail,) = columba.mails("hooked-plainly@example.org")
    assert b"X-Stamp: hooked-plainly@example.org\r\n" in (mail.body or b"")


def test_a_veto_is_on_record_as_what_it_is(columba: System) -> None:
    enqueue(columba, "hooked-vetoed@example.org")
    row = columba.await_state("hooked-vetoed@example.org", "skipped")
    assert (row.attempts, row.reason) == (0, "vetoed by app:stamp: not this one")
    assert columba.mails("hooked-vetoed@example.org") == []


def test_a_hook_that_fails_costs_one_delivery_an_attempt_and_others_nothing(columba: System) -> None:
    enqueue(columba, "hooked-failing@example.org")
    enqueue(columba, "hooked-beside@example.org")
    assert columba.await_state("hooked-beside@example.org", "sent").attempts == 1
    row = columba.await_state("hooked-failing@example.org", "retrying")
    assert row.reason == "RuntimeError: no stamp in app:stamp"
    tries = columba.attempts("hooked-failing@example.org")
    assert {(attempt.stage, attempt.outcome) for attempt in tries} == {("render", "retry")}


def test_a_hook_is_told_what_became_of_it(columba: System) -> None:
    enqueue(columba, "hooked-told@example.org")
    columba.await_state("hooked-told@example.org", "sent")
    told = columba.folder / "hooked-told.txt"
    until(told.exists, "the hook has been told")
    state, reply = told.read_text().split(maxsplit=1)
    assert (state, reply) == ("sent", columba.attempts("hooked-told@example.org")[0].reply)


def test_a_hook_that_fails_afterwards_is_on_record_and_changes_nothing(columba: System) -> None:
    enqueue(columba, "hooked-untold@example.org")
    assert columba.await_state("hooked-untold@example.org", "sent").attempts == 1
    told = "the hook app:tell failed: OSError: the line is dead in app:tell"
    until(lambda: told in _timeline(columba, "hooked-untold@example.org"), "that is on record")
    assert len(columba.mails("hooked-untold@example.org")) == 1


def test_a_hook_is_told_when_everybody_of_an_audience_has_a_delivery(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.counted", audience="counted", context={"name": "counted"})
    told = columba.folder / "counted.txt"
    until(told.exists, "the hook has been told")
    number, delivery_id = told.read_text().split()
    rows = [columba.deliveries(f"counted{each}@example.org")[0] for each in range(3)]
    assert number == "3"
    (audience,) = columba.rows(select(delivery).where(delivery.c.id == UUID(delivery_id)))
    assert (audience.state, {row.event_id for row in rows}) == ("expanded", {audience.event_id})


def test_a_hook_that_fails_after_an_expansion_changes_nothing(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.counted", audience="counted", context={"name": "uncounted"})
    for number in range(3):
        columba.await_state(f"uncounted{number}@example.org", "sent")
    failed = select(audit.c.who, audit.c.why).where(audit.c.why == "OSError: nobody counts in app:selected")
    until(lambda: len(columba.rows(failed)) == 1, "that is on record")


def _timeline(columba: System, address: str) -> set[str]:
    return {each["text"] for each in columba.explain(address)["timeline"]}
