"""What is promised when something goes wrong, however Columba is run."""

import json
from datetime import UTC, datetime, timedelta

from columba_producer import EventRequest
from columba_shared.log.tables import attempt, delivery
from sqlalchemy import select, update

from tests.contract.promises.test_last_second import paused
from tests.system.system import System, until


def test_a_busy_mailbox_is_tried_again(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to="busy@example.org", context={"number": 1})
    assert columba.await_state("busy@example.org", "sent").attempts == 2
    assert [row.outcome for row in columba.attempts("busy@example.org")] == ["retry", "sent"]
    assert "450 4.2.1 mailbox busy" in columba.attempts("busy@example.org")[0].reply


def test_an_unknown_mailbox_is_dead_with_the_servers_words(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to="unknown@example.org", context={"number": 1})
    row = columba.await_state("unknown@example.org", "dead")
    assert "550 5.1.1 no such user" in row.reason
    assert row.attempts == 1


def test_a_message_that_is_unsafe_is_dead_at_the_stage_that_found_it(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.unsafe", to="unsafe@example.org")
    assert columba.await_state("unsafe@example.org", "dead").reason.startswith("Subject: holds a control character")
    assert [row.stage for row in columba.attempts("unsafe@example.org")] == ["validate"]
    assert columba.mails("unsafe@example.org") == []


def test_a_missing_variable_is_dead_and_named_and_can_be_retried_once_mended(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.broken", to="mended@example.org", context={"number": 1})
    row = columba.await_state("mended@example.org", "dead")
    assert "nobody_gives_this" in row.reason
    (columba.folder / "templates" / "promise.broken" / "email.txt").write_text("{{ number }}\n")
    columba.columba("retry", str(row.id), "--yes")
    columba.await_state("mended@example.org", "sent")
    columba.columba("retry", str(row.id), "--yes", status=1)
    assert len(columba.mails("mended@example.org")) == 1


def test_dead_letters_are_replayed_once(columba: System) -> None:
    template = columba.folder / "templates" / "promise.late" / "email.txt"
    with columba.producer() as producer:
        for number in range(3):
            producer.enqueue("promise.late", to=f"replayed{number}@example.org", context={"number": number})
    for number in range(3):
        columba.await_state(f"replayed{number}@example.org", "dead")
    template.parent.mkdir()
    template.with_name("email.subject.txt").write_text("late")
    template.write_text("{{ number }}\n")
    columba.columba("replay", "--reason", "promise.late", "--dry-run")
    assert [columba.deliveries(f"replayed{number}@example.org")[0].state for number in range(3)] == ["dead"] * 3
    columba.columba("replay", "--reason", "promise.late", "--yes")
    for number in range(3):
        columba.await_state(f"replayed{number}@example.org", "sent")
    columba.columba("replay", "--reason", "promise.late", "--yes")
    assert [len(columba.mails(f"replayed{number}@example.org")) for number in range(3)] == [1, 1, 1]


def test_explain_tells_the_whole_story_of_an_address(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to="told@example.org", context={"number": 1})
        producer.enqueue("promise.veto", to="not-told@example.org", context={"word": "w"})
    columba.await_state("told@example.org", "sent")
    columba.await_state("not-told@example.org", "skipped")
    told = columba.columba("explain", "told@example.org")
    assert "sent" in told
    assert "250" in told
    assert "nothing to say" in columba.columba("explain", "not-told@example.org")
    assert json.dumps(columba.explain("told@example.org")).count("promise.plain") >= 1


def test_purging_removes_what_is_old_and_final_and_nothing_else(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to="old@example.org", context={"number": 1})
        producer.enqueue("promise.plain", to="young@example.org", context={"number": 1})
        producer.enqueue("promise.plain", to="waiting@example.org", context={"number": 1}, defer_for=timedelta(hours=5))
    old = columba.await_state("old@example.org", "sent")
    young = columba.await_state("young@example.org", "sent")
    waiting = columba.await_state("waiting@example.org", "scheduled")
    long_ago = datetime.now(UTC) - timedelta(days=40)
    with columba.engine.begin() as connection:
        statement = update(delivery).where(delivery.c.id.in_([old.id, waiting.id]))
        connection.execute(statement.values(updated_at=long_ago, created_at=long_ago))
    columba.columba("purge", "--older-than", "30d", "--yes")
    left = {row.id for row in columba.rows(select(delivery.c.id))}
    assert {young.id, waiting.id} <= left
    assert old.id not in left
    assert not columba.rows(select(attempt).where(attempt.c.delivery_id == old.id))


def test_a_bulk_backlog_does_not_delay_the_urgent(columba: System) -> None:
    backlog = 1_500
    requests = [
        EventRequest(kind="promise.plain", to=f"bulk{number}@example.org", context={"number": 1}, lane="bulk")
        for number in range(backlog)
    ]
    urgent_one = EventRequest(kind="promise.plain", to="urgent@example.org", context={"number": 1}, lane="urgent")
    with columba.producer() as producer, paused(columba):  # so that all of it is there before the first goes
        producer.enqueue_many([*requests, urgent_one])
    columba.await_state("urgent@example.org", "sent")
    bulk = select(delivery.c.id).where(delivery.c.address.like("bulk%"), delivery.c.state == "sent")
    until(lambda: len(columba.rows(bulk)) == backlog, "the bulk is sent")
    urgent = columba.attempts("urgent@example.org")[0].finished_at
    query = select(attempt.c.finished_at).join(delivery, delivery.c.id == attempt.c.delivery_id)
    later = [row for row in columba.rows(query.where(delivery.c.address.like("bulk%"))) if row.finished_at > urgent]
    assert later, "no bulk mail was left when the urgent one went: nothing was proven"
