"""Operators hold, look, amend, approve, cancel and move what waits; what they do is written down."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.contract.cli.letters import NORMAL, taken
from tests.contract.cli.past import SENT, Past
from tests.contract.cli.shell import Shell
from tests.system.forks import Json

SOON = timedelta(hours=1)


WITH_A_FILE = """
from pathlib import Path
from columba_consumers import Attachment, EmailMessage, renderer

@renderer("invoice.ready", target="email")
def invoice(event, recipient):
    return EmailMessage(subject="s", text="t", attachments=(Attachment(name="file.bin", content=Path("file.bin")),))
"""


def waiting(past: Past, address: str = "bob@example.org", **more: str) -> str:
    return str(past.had(address, ago=timedelta(minutes=1), due_in=SOON, **more))  # type: ignore[arg-type]


def state(shell: Shell, delivery: str) -> Json:
    (told,) = shell.run("show", delivery, "--json").line["deliveries"]
    return told["delivery"]["state"]


def acts(shell: Shell, delivery: str) -> list[tuple[str, str, str | None]]:
    shown = shell.run("show", delivery, "--json").line["acts"]
    return [(act["what"], act["author"]["who"], act["author"]["why"]) for act in shown]


def test_what_is_held_and_approved_is_written_down_with_who_and_why(shell: Shell, past: Past) -> None:
    bob = waiting(past)
    assert shell.run("hold", bob, "--by", "carol", "--why", "wrong price", "--json").line["done"] == 1
    assert state(shell, bob) == "held"
    assert shell.run("approve", bob, "--by", "dave", "--json").line["done"] == 1
    assert state(shell, bob) == "scheduled"
    assert acts(shell, bob) == [("held", "carol", "wrong price"), ("approved", "dave", None)]
    told = shell.run("explain", "bob@example.org").stdout
    assert "held by carol: wrong price" in told
    assert "approved by dave" in told


def test_the_operators_name_comes_from_the_settings(shell: Shell, past: Past) -> None:
    bob = waiting(past)
    shell.settings["COLUMBA_OPERATOR"] = "erin"
    shell.run("hold", bob)
    assert acts(shell, bob) == [("held", "erin", None)]


def test_what_is_too_late_is_said_with_status_1_and_changes_nothing(shell: Shell, past: Past) -> None:
    sent = str(past.had("bob@example.org", SENT))
    done = shell.run("cancel", sent, "--json", status=1).line
    assert (done["done"], done["left"]) == (0, {"too late": 1})
    assert state(shell, sent) == "sent"


def test_a_filter_asks_first_and_without_a_terminal_demands_yes(shell: Shell, past: Past) -> None:
    bob = waiting(past)
    refused = shell.run("cancel", "--kind", "invoice.*", status=2)
    assert "--yes" in refused.stderr
    assert state(shell, bob) == "scheduled"
    assert shell.run("cancel", "--kind", "invoice.*", "--yes", "--json").line["done"] == 1
    assert state(shell, bob) == "cancelled"


def test_a_dry_run_says_what_would_be_done_and_does_nothing(shell: Shell, past: Past) -> None:
    bob = waiting(past)
    told = shell.run("hold", "--kind", "invoice.ready", "--dry-run")
    assert "1 delivery would be held" in told.stderr
    assert state(shell, bob) == "scheduled"


def test_a_frozen_selection_holds_what_it_held_and_nothing_newer(shell: Shell, past: Past) -> None:
    first, second = waiting(past), waiting(past, "alice@example.org")
    frozen = shell.run("list", "--status", "scheduled", "--freeze").stdout.strip()
    later = waiting(past, "later@example.org")
    shell.run("hold", second)
    done = shell.run("cancel", "--selection", frozen, "--yes", "--json").line
    assert (done["done"], done["left"]) == (1, {"changed since it was looked at": 1})
    assert [state(shell, each) for each in (first, second, later)] == ["cancelled", "held", "scheduled"]


def test_what_is_moved_is_due_then(shell: Shell, past: Past) -> None:
    bob = waiting(past)
    at = "2031-05-06T07:08:09+00:00"
    shell.run("reschedule", bob, "--at", at)
    (told,) = shell.run("show", bob, "--json").line["deliveries"]
    assert told["delivery"]["due_at"].startswith("2031-05-06T07:08:09")
    assert told["delivery"]["revision"] == 1


def test_force_now_publishes_a_copy_for_the_new_schedule(on_servers: Shell, past: Past) -> None:
    on_servers.run("reschedule", waiting(past), "--now")
    (copy,) = taken(on_servers, NORMAL)
    assert copy.headers["columba-revision"] == 1


def test_the_publisher_may_not_approve_what_takes_two(shell: Shell, past: Past) -> None:
    bob = waiting(past)
    shell.run("hold", bob, "--four-eyes", "--by", "carol")
    refused = shell.run("approve", bob, "--by", "Shop", "--json", status=1).line
    assert refused["done"] == 0
    assert state(shell, bob) == "held"
    assert shell.run("approve", bob, "--by", "dave", "--json").line["done"] == 1


def test_exactly_what_was_looked_at_goes_out_or_nothing(shell: Shell, past: Past) -> None:
    bob = waiting(past)
    shell.run("hold", bob)
    looked_at = shell.run("show", bob, "--json").line["message"]["digest"]
    shell.run("amend", bob, "--set", "number=43")
    refused = shell.run("approve", bob, "--message", looked_at, "--json", status=1).line
    assert refused["left"] == {"changed since it was looked at": 1}
    now = shell.run("show", bob, "--json").line["message"]
    assert "43" in now["text"]
    shell.run("approve", bob, "--message", now["digest"])
    assert shell.run("show", bob, "--json").line["message"]["frozen"] is True


def test_an_amended_fact_is_told_and_the_one_before_is_on_record(shell: Shell, past: Past) -> None:
    bob = waiting(past)
    shell.run("amend", bob, "--set", "number=43", "--why", "typo")
    shown = shell.run("show", bob, "--json").line
    assert shown["events"][0]["context"] == {"number": "43"}
    assert "Invoice 43" in dict(shown["message"]["headers"])["Subject"]
    assert [act["what"] for act in shown["acts"]] == ["amended"]


def test_exact_words_are_frozen_until_they_are_unfrozen(shell: Shell, past: Past) -> None:
    bob = waiting(past)
    (shell.folder / "better.txt").write_text("Better words.\n")
    shell.run("amend", bob, "--subject", "Dear Bob", "--text", "better.txt")
    message = shell.run("show", bob, "--json").line["message"]
    assert (message["text"], dict(message["headers"])["Subject"], message["frozen"]) == (
        "Better words.\n",
        "Dear Bob",
        True,
    )
    shell.run("amend", bob, "--unfreeze")
    assert shell.run("show", bob, "--json").line["message"]["text"] == "Your invoice 42 is ready.\n"


def test_files_are_frozen_as_they_are_then_and_not_when_they_are_too_large(shell: Shell, past: Past) -> None:
    bob, file = waiting(past), shell.folder / "file.bin"
    shell.folder.joinpath("shop.py").write_text(WITH_A_FILE)
    shell.settings["COLUMBA_APP"] = "shop"
    file.write_bytes(b"x" * 9 * 1024 * 1024)
    told = shell.run("amend", bob, "--freeze", status=1).stderr
    assert "the message is 13 MiB with what is attached: at most 12 are kept word for word" in " ".join(told.split())
    file.write_bytes(b"x" * 8 * 1024 * 1024)
    shell.run("amend", bob, "--freeze")
    file.write_bytes(b"later")
    message = shell.run("show", bob, "--json").line["message"]
    assert (message["frozen"], message["attachments"], message["size"] > 10_000_000) == (True, ["file.bin"], True)


def test_recipients_are_added_and_removed(shell: Shell, past: Past) -> None:
    bob = waiting(past)
    event = shell.run("show", bob, "--json").line["events"][0]["id"]
    shell.run("amend", event, "--add", "alice@example.org")
    shell.run("amend", event, "--remove", "bob@example.org")
    found = {line["address"]: line["state"] for line in shell.run("list", "--event", event, "--json").lines}
    assert found == {"alice@example.org": "scheduled", "bob@example.org": "cancelled"}


def test_everything_pending_is_cancelled_after_one_question(shell: Shell, past: Past) -> None:
    bob, alice = waiting(past), waiting(past, "alice@example.org")
    shell.run("hold", alice)
    sent = str(past.had("dora@example.org", SENT))
    assert "--yes" in shell.run("cancel", "--all-pending", status=2).stderr
    done = shell.run("cancel", "--all-pending", "--yes", "--why", "wrong list", "--json").line
    assert (done["cancelled"], done["too_late"]) == (2, 0)
    assert [state(shell, each) for each in (bob, alice, sent)] == ["cancelled", "cancelled", "sent"]


def test_what_is_recorded_after_the_order_is_cancelled_too(shell: Shell, past: Past) -> None:
    shell.run("cancel", "--all-pending", "--yes")
    assert state(shell, waiting(past)) == "cancelled"
    assert state(shell, str(past.had("new@example.org", ago=timedelta(seconds=-5)))) == "scheduled"


def test_what_of_a_named_event_is_recorded_later_is_cancelled_too(shell: Shell, past: Past) -> None:
    event = uuid4()
    past.had("bob@example.org", id_=event, due_in=SOON)
    assert shell.run("cancel", str(event), "--json").line["done"] == 1
    eve = past.had("eve@example.org", id_=event, due_in=SOON)
    assert state(shell, str(eve)) == "cancelled"


def test_an_event_that_is_not_in_the_log_yet_is_stopped_by_its_id(shell: Shell, past: Past) -> None:
    event = uuid4()
    told = shell.run("cancel", str(event))
    assert "does not know" in told.stdout
    assert state(shell, str(past.had("bob@example.org", id_=event))) == "cancelled"


@pytest.mark.parametrize("terms", [("--four-eyes",), ("--auto", "cancel", "--decide-by", "2h"), ("--decide-by", "2h")])
def test_terms_are_not_taken_for_what_is_not_in_the_log_yet_since_nothing_keeps_them(
    shell: Shell, past: Past, terms: tuple[str, ...]
) -> None:
    event = uuid4()
    assert "not in the log yet" in shell.run("hold", str(event), *terms, status=1).stderr
    assert state(shell, str(past.had("bob@example.org", id_=event))) == "scheduled"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("hold",), "say which"),
        (("approve", "abcd", "--kind", "a.b"), "one of the three"),
        (("cancel", "--all-pending", "--to", "bob@example.org"), "--kind and --target only"),
        (("reschedule", "abcd"), "say when"),
        (("reschedule", "abcd", "--now", "--in", "2h"), "say when"),
        (("reschedule", "abcd", "--at", "2020-01-01T00:00:00Z"), "is past: --now makes it due at once"),
        (("amend", "abcd"), "say what to change"),
        (("amend", "abcd", "--freeze", "--set", "a=1"), "one after the other"),
        (("approve", "--kind", "a.b", "--message", "abc"), "id of one delivery"),
        (("hold", "abcd", "--decide-by", "tomorrow"), "no time"),
        (("pause", "fax"), "there is no target 'fax'"),
        (("cancel", "--all-pending", "--target", "fax"), "there is no target 'fax'"),
        (("approve", "--target", "fax", "--yes"), "--target: there is no target 'fax'"),
    ],
)
def test_bad_usage_is_told_with_the_fix(embedded: Shell, arguments: tuple[str, ...], problem: str) -> None:
    told = embedded.run(*arguments, status=2)
    assert problem in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize("command", ["hold", "approve", "reschedule --now"])
def test_an_unknown_id_is_told_with_status_1(embedded: Shell, command: str) -> None:
    told = embedded.run(*command.split(), "abcdef01", status=1)
    assert "abcdef01" in told.stderr


def test_a_pause_is_told_by_stats_until_it_is_ended(shell: Shell) -> None:
    shell.run("pause", "email", "--by", "carol", "--why", "wrong prices")
    (paused,) = shell.run("stats", "--json").line["paused"]
    assert (paused["target"], paused["who"], paused["why"]) == ("email", "carol", "wrong prices")
    assert "paused already" in shell.run("pause", "email").stdout
    assert shell.run("list").stderr.startswith("email is paused by carol: wrong prices.\n")
    shell.run("resume", "email")
    assert shell.run("stats", "--json").line["paused"] == []


def test_a_pause_is_worth_a_note_to_the_doctor_and_no_problem(shell: Shell) -> None:
    shell.run("pause", "email", "--by", "carol", "--why", "wrong prices")
    report = shell.run("doctor", "--json").line
    (found,) = [finding for finding in report["findings"] if finding["about"] == "paused"]
    assert (report["healthy"], found["verdict"]) == (True, "note")
    assert found["text"].startswith("email was paused ")
    assert found["text"].endswith("by carol: wrong prices")
    assert "columba resume email" in found["fix"]
    shell.run("resume", "email")
    after = shell.run("doctor", "--json").line["findings"]
    assert "paused" not in {finding["about"] for finding in after}
