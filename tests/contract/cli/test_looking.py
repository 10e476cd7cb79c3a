"""What list, show, explain and stats tell of the log."""

from datetime import timedelta
from uuid import UUID

from columba_shared import identity, wire
from columba_shared.clock import utc_now
from columba_shared.event import Event
from columba_shared.log import destinations, leases
from columba_shared.log.entries import EventEntry
from columba_shared.log.writer import writer_for

from tests.contract.cli.past import DOUBTFUL, GREYLISTED, REJECTED, SENT, Past
from tests.contract.cli.shell import Shell, until


def test_list_prints_one_line_for_each_delivery_the_latest_first(shell: Shell, past: Past) -> None:
    ids = past.many(3, SENT)
    lines = shell.run("list", "--json").lines
    assert [line["id"] for line in lines] == [str(each) for each in reversed(ids)]
    assert {line["state"] for line in lines} == {"sent"}
    assert all(line["created_at"].endswith("Z") for line in lines)


def test_list_goes_on_behind_a_page_without_repeating_or_missing_any(embedded: Shell, past: Past) -> None:
    ids = past.many(1_003, SENT)
    listed = [line["id"] for line in embedded.run("list", "--all", "--json").lines]
    assert listed == [str(each) for each in reversed(ids)]


def test_list_stops_at_its_limit_and_says_that_there_is_more(shell: Shell, past: Past) -> None:
    past.many(3, SENT)
    assert len(shell.run("list", "--limit", "2", "--json").lines) == 2
    told = shell.run("list", "--limit", "2")
    assert len(told.stdout.splitlines()) == 3
    assert "There are more" in told.stderr


def test_list_selects_by_state_kind_address_and_time(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", SENT)
    dead = past.had("bob@example.org", REJECTED, kind="shop.closing")
    past.had("amy@example.org", REJECTED, ago=timedelta(days=3))
    for options in (
        ("--status", "dead", "--since", "1d"),
        ("--kind", "shop.closing"),
        ("--to", "bob@example.org", "--status", "dead"),
    ):
        assert [line["id"] for line in shell.run("list", "--json", *options).lines] == [str(dead)]


def test_list_takes_the_beginning_of_an_events_id(shell: Shell, past: Past) -> None:
    event = UUID("01a1aaaa-0000-7000-8000-000000000001")
    wanted = past.had("bob@example.org", id_=event)
    past.had("amy@example.org", id_=UUID("01a1bbbb-0000-7000-8000-000000000001"))
    assert [line["id"] for line in shell.run("list", "--event", "01a1aaaa", "--json").lines] == [str(wanted)]


def test_an_ambiguous_beginning_is_refused_and_names_what_it_fits(shell: Shell, past: Past) -> None:
    for last in (1, 2):
        past.had(f"r{last}@example.org", id_=UUID(f"01a1aaaa-0000-7000-8000-00000000000{last}"))
    told = shell.run("show", "01a1aaaa", status=1).stderr
    assert "several ids begin with 01a1aaaa" in told
    assert "01a1aaaa-0000-7000-8000-000000000002" in told


def test_show_tells_an_event_with_its_context_deliveries_and_attempts(shell: Shell, past: Past) -> None:
    delivery = past.had("bob@example.org", GREYLISTED, SENT, number=7)
    event_id = shell.run("list", "--json").line["event_id"]
    shown = shell.run("show", event_id, "--json").line
    assert [event["context"] for event in shown["events"]] == [{"number": 7}]
    (told,) = shown["deliveries"]
    assert told["delivery"]["id"] == str(delivery)
    assert [attempt["reply"] for attempt in told["attempts"]] == ["451 greylisted", "250 2.0.0 Ok"]


def test_show_says_of_a_withdrawal_what_it_withdraws(embedded: Shell, past: Past) -> None:
    event = Event(
        id=identity.event_id(),
        kind="invoice.ready",
        target="email",
        created_at=utc_now(),
        key="order:42",
        withdraw=True,
    )
    with past.engine.begin() as connection:
        entry = EventEntry(event=event, body=wire.encode(event), recorded_at=utc_now())
        writer_for(past.engine).record(connection, [entry], [])
    told = embedded.run("show", str(event.id))
    assert "withdraws  what waits under order:42" in told.stdout
    assert "context" not in told.stdout
    assert "It tells nobody." in told.stderr
    assert embedded.run("show", str(event.id), "--json").line["events"][0]["withdraws"] == "order:42"


def test_show_renders_the_message_of_one_open_delivery(shell: Shell, past: Past) -> None:
    delivery = past.had("bob@example.org", due_in=timedelta(hours=1), number=7)
    message = shell.run("show", str(delivery)[:8], "--json").line["message"]
    assert ["Subject", "Invoice 7"] in message["headers"]
    assert message["text"] == "Your invoice 7 is ready.\n"


def test_show_says_why_a_message_cannot_be_made(shell: Shell, past: Past) -> None:
    delivery = past.had("bob@example.org", due_in=timedelta(hours=1), kind="no.templates")
    shown = shell.run("show", str(delivery), "--json").line
    assert shown["message"] is None
    assert "no.templates" in shown["message_problem"]


def test_show_of_what_is_not_there_fails(shell: Shell) -> None:
    assert "no event or delivery" in shell.run("show", "01a1aaaa", status=1).stderr


def test_explain_answers_for_each_delivery_to_the_address_and_no_other(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", GREYLISTED, SENT)
    past.had("bob@example.org", GREYLISTED)
    past.had("bob@example.org", REJECTED)
    past.had("amy@example.org", DOUBTFUL)
    told = shell.run("explain", "bob@example.org", "--json").line
    answers = sorted(each["answer"].split(",")[0].split(":")[0] for each in told["deliveries"])
    assert answers == ["No", "Not yet", "Yes"]
    assert {each["next"] is None for each in told["deliveries"]} == {True, False}
    (sent,) = (each["answer"] for each in told["deliveries"] if each["delivery"]["state"] == "sent")
    assert sent.endswith("the provider said: 250 2.0.0 Ok")


def test_explain_tells_everything_in_the_order_in_which_it_happened(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", GREYLISTED, SENT)
    timeline = shell.run("explain", "bob@example.org", "--json").line["timeline"]
    assert [each["text"].split(":")[0] for each in timeline] == ["published by shop", "attempt 1", "attempt 2"]
    assert [each["at"] for each in timeline] == sorted(each["at"] for each in timeline)


def test_explain_of_a_stranger_says_so_and_is_no_failure(shell: Shell) -> None:
    ran = shell.run("explain", "nobody@example.org")
    assert ran.stdout == ""
    assert "knows of nothing for nobody@example.org" in ran.stderr


def test_explain_on_servers_tells_where_what_nobody_has_tried_is_counted(on_servers: Shell) -> None:
    assert "known to the broker alone: `columba backlog`" in on_servers.run("explain", "nobody@example.org").stderr


def test_explain_and_show_say_that_the_way_out_is_down(shell: Shell, past: Past) -> None:
    delivery = past.had("bob@example.org")
    engine = shell.log()
    leases.register(engine, UUID(int=1), role="work email")
    with engine.begin() as connection:
        destinations.down(connection, "email", reply="connection refused", process_id=UUID(int=1))
    engine.dispose()
    for told in (shell.run("explain", "bob@example.org"), shell.run("show", str(delivery))):
        assert "it goes once email answers again" in " ".join(told.stdout.split())


def test_explain_mentions_what_the_outbox_has_not_given_yet(embedded: Shell) -> None:
    embedded.run("enqueue", "invoice.ready", "--to", "bob@example.org", "--set", "number=1")
    assert embedded.run("explain", "bob@example.org", "--json").line["outbox"]["waiting"] == 1


def test_stats_counts_by_target_lane_and_state(shell: Shell, past: Past) -> None:
    past.many(2, SENT)
    past.had("bob@example.org", REJECTED)
    stats = shell.run("stats", "--json").line
    counted = {(each["target"], each["lane"], each["state"]): each["number"] for each in stats["counts"]}
    assert counted == {("email", "normal", "sent"): 2, ("email", "normal", "dead"): 1}


def test_stats_tells_what_is_down_and_what_is_slowed(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", SENT)
    engine = shell.log()
    leases.register(engine, UUID(int=1), role="work email")
    with engine.begin() as connection:
        destinations.down(connection, "email", reply="connection refused", process_id=UUID(int=1))
        destinations.change(
            connection,
            "email",
            "slow.example",
            lambda flow, now: flow.throttled(now, after=timedelta(hours=1), observed=8, reply="421 4.7.28 slow down"),
        )
    engine.dispose()
    whole, slow = shell.run("stats", "--json").line["ways"]
    assert (whole["target"], whole["destination"], whole["reply"]) == ("email", "", "connection refused")
    assert whole["down_since"]
    assert (slow["destination"], slow["reply"]) == ("slow.example", "421 4.7.28 slow down")
    assert slow["shut_until"]
    told = shell.run("stats").stderr
    assert "email has been down for" in told
    assert "email to slow.example is left alone for" in told


def test_stats_counts_the_brokers_queues(on_servers: Shell) -> None:
    on_servers.run("enqueue", "invoice.ready", "--to", "bob@example.org", "--lane", "bulk", "--set", "number=1")

    def filled() -> dict[str, int]:
        queues = on_servers.run("stats", "--json").line["queues"]
        return {name: depth for name, depth in queues.items() if depth}

    until(lambda: filled() == {"columba.email.bulk": 1}, "the one queue is counted: its leader may be late")


def test_stats_without_a_broker_still_tells_what_the_log_has(on_servers: Shell, past: Past) -> None:
    past.many(1, SENT)
    on_servers.settings["COLUMBA_BROKER_URL"] = "amqp://guest:guest@127.0.0.1:1/"
    stats = on_servers.run("stats", "--json", status=1).line
    assert (stats["counts"][0]["number"], stats["queues"]) == (1, None)
    assert "no connection to the broker" in stats["problem"]


def test_no_reply_of_a_provider_reaches_the_terminal_raw(embedded: Shell, past: Past) -> None:
    past.had("bob@example.org", ("reject", REJECTED[1], "550 \x1b]0;gotcha\x07\x1b[2J"))
    for command in (("list",), ("explain", "bob@example.org")):
        ran = embedded.run(*command)
        assert "\x1b" not in ran.stdout
        assert "\\x1b" in ran.stdout
