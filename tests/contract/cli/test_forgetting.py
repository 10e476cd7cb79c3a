"""One person is forgotten: what is kept of them goes, what was counted stays, and nothing that is queued is sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from columba_producer import Producer
from columba_shared.clock import utc_now
from columba_shared.log.bounce import Finding, Reported, Terms
from columba_shared.log.bounces import take_in
from columba_shared.log.surge import Surge
from columba_shared.log.tables import attempt, audit, delivery, event, metadata, outbox
from sqlalchemy import select

from tests.contract.cli.letters import NORMAL, bury, taken
from tests.contract.cli.past import GREYLISTED, REJECTED, SENT, Past
from tests.contract.cli.shell import Shell, until

BOB = "bob@example.org"
SOON = timedelta(hours=1)


def everything(past: Past) -> str:
    """Return all that the log holds, as one text."""
    with past.engine.connect() as connection:
        tables = (*metadata.sorted_tables, outbox)
        rows = [tuple(row) for table in tables for row in connection.execute(select(table))]
    return "\n".join(cell.decode() if isinstance(cell, bytes) else str(cell) for row in rows for cell in row).lower()


def states(past: Past) -> list[str]:
    with past.engine.connect() as connection:
        return sorted(connection.scalars(select(delivery.c.state)))


@contextmanager
def working(shell: Shell) -> Iterator[None]:
    """Let a consumer work."""
    process = shell.begin("work", "email")
    try:
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_nothing_in_the_log_names_the_person_any_more(shell: Shell, past: Past) -> None:
    past.had(BOB, SENT)
    past.had(BOB, ("reject", SENT[1], f"550 <{BOB}> is unknown"))
    waiting = str(past.had("Bob@Example.org", ago=timedelta(minutes=1), due_in=SOON))
    shell.run("hold", waiting, "--why", f"{BOB} asked for it")
    shell.run("amend", waiting, "--freeze")
    alice = past.had("alice@example.org", SENT)
    words = Reported(delivery_id=alice, finding=Finding.DELAYED, said=f"as is <{BOB}>", reporter=f"the server of {BOB}")
    with past.engine.begin() as connection:
        take_in(connection, [words], Terms(), Surge(), now=utc_now())
    assert BOB in everything(past)
    done = shell.run("forget", BOB, "--yes", "--json").line
    assert (done["deliveries"], done["erased"]["cancelled"], done["erased"]["frozen"]) == (3, 1, 1)
    assert BOB not in everything(past)
    assert "alice@example.org" in everything(past)
    assert states(past) == ["cancelled", "sent", "sent", "sent"]
    assert shell.run("explain", BOB, "--json").line["deliveries"] == []


def test_what_was_done_is_said_in_words(shell: Shell, past: Past) -> None:
    for _ in range(2):
        past.had(BOB, ago=timedelta(minutes=1), due_in=SOON)
    said = shell.run("forget", BOB, "--yes").stdout
    assert "2 waiting deliveries cancelled.\n" in said
    assert "2 events without what they told now.\n" in said


def test_what_was_counted_stays_counted(shell: Shell, past: Past) -> None:
    past.had(BOB, GREYLISTED, SENT)
    shell.run("forget", BOB, "--yes")
    with past.engine.connect() as connection:
        outcomes = [row.outcome for row in connection.execute(select(attempt).order_by(attempt.c.claim))]
        kinds = list(connection.scalars(select(event.c.kind)))
    assert (outcomes, kinds) == (["retry", "sent"], ["invoice.ready"])


def test_a_dry_run_forgets_nothing(shell: Shell, past: Past) -> None:
    past.had(BOB, SENT)
    done = shell.run("forget", BOB, "--dry-run", "--json").line
    assert (done["deliveries"], done["handed"][0]["number"]) == (1, 1)
    assert BOB in everything(past)


def test_without_a_terminal_consent_is_demanded(shell: Shell, past: Past) -> None:
    past.had(BOB, SENT)
    assert "--yes" in shell.run("forget", BOB, status=2).stderr
    assert BOB in everything(past)


def test_forgetting_twice_is_forgetting_once(shell: Shell, past: Past) -> None:
    past.had(BOB, SENT)
    shell.run("forget", BOB, "--yes")
    done = shell.run("forget", BOB, "--yes", "--json").line
    assert done["deliveries"] == 0
    assert not any(done["erased"].values())


def test_what_a_provider_was_given_is_said(shell: Shell, past: Past) -> None:
    past.had(BOB, SENT)
    assert "email was given 1 delivery" in shell.run("forget", BOB, "--yes").stderr


def test_the_deed_is_written_down_without_the_name(shell: Shell, past: Past) -> None:
    past.had(BOB, SENT)
    shell.run("forget", BOB, "--yes", "--by", "carol")
    with past.engine.connect() as connection:
        (act,) = connection.execute(select(audit)).all()
    assert (act.who, act.what) == ("carol", "forgotten")
    assert json.loads(act.detail)["addresses"][0].startswith("forgotten:")


def test_an_outbox_row_that_waits_goes_too(embedded: Shell, past: Past) -> None:
    with Producer(f"sqlite:///{embedded.folder / 'columba.db'}") as producer:
        producer.enqueue("invoice.ready", to=[BOB, "alice@example.org"])
        producer.enqueue("invoice.ready", to=BOB)
    embedded.run("forget", BOB, "--yes")
    assert BOB not in everything(past)
    with past.engine.connect() as connection:
        assert len(connection.execute(select(outbox)).all()) == 1


def test_a_dead_letter_goes_and_its_neighbours_stay(on_servers: Shell, past: Past) -> None:
    bury(on_servers, past, past.had(BOB, REJECTED))
    alice = past.had("alice@example.org", REJECTED)
    bury(on_servers, past, alice)
    done = on_servers.run("forget", BOB, "--yes", "--json").line
    assert done["letters"] == 1
    (left,) = taken(on_servers, "columba.dead.email")
    assert left.properties["message_id"] == alice.hex


def test_a_shared_event_loses_the_person_and_keeps_the_others(shell: Shell, past: Past) -> None:
    first = past.had(BOB, ago=timedelta(minutes=1), due_in=SOON)
    shared = shell.run("show", str(first), "--json").line["events"][0]["id"]
    shell.run("amend", shared, "--add", "alice@example.org")
    done = shell.run("forget", BOB, "--yes", "--json").line
    assert done["erased"]["shared_events"] == 1
    assert BOB not in everything(past)
    (alice,) = shell.run("list", "--to", "alice@example.org", "--json").lines
    assert alice["state"] == "scheduled"
    assert "Invoice 42" in str(shell.run("show", alice["id"], "--json").line["message"]["headers"])


def test_what_is_queued_is_neither_sent_nor_written_under_the_name(on_servers: Shell, past: Past) -> None:
    with Producer(on_servers.broker_url) as producer:
        producer.enqueue("invoice.ready", to=BOB, context={"number": 1})
        producer.enqueue("invoice.ready", to="alice@example.org", context={"number": 1})
    on_servers.run("forget", BOB, "--yes")
    with working(on_servers):
        until(lambda: states(past) == ["cancelled", "sent"], "both are dealt with")
    assert BOB not in everything(past)
    assert taken(on_servers, NORMAL) == []
    assert taken(on_servers, "columba.dead.email") == []


def test_what_is_published_later_is_delivered(on_servers: Shell, past: Past) -> None:
    on_servers.run("forget", BOB, "--yes")
    with Producer(on_servers.broker_url) as producer:
        producer.enqueue("invoice.ready", to=BOB, context={"number": 1})
    with working(on_servers):
        until(lambda: states(past) == ["sent"], "it is sent")
