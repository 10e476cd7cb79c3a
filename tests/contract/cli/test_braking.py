"""`columba brake`: pulled, listed and ended, in both ways to run Columba."""

import pytest
from columba_shared.log.engine import reading
from columba_shared.log.tables import delivery
from sqlalchemy import select, text

from tests.contract.cli.past import Past
from tests.contract.cli.shell import PATIENCE_SECONDS, Shell


def pull(shell: Shell, *options: str) -> int:
    """Pull a brake; return its number."""
    number: int = shell.run("brake", "on", *options, "--by", "carol", "--why", "wrong price", "--json").line["id"]
    return number


def states(shell: Shell) -> list[str]:
    log = shell.log()
    with reading(log) as connection:
        found = list(connection.scalars(select(delivery.c.state).order_by(delivery.c.address)))
    log.dispose()
    return found


def test_what_waits_is_counted_and_what_a_brake_holds_is_listed(shell: Shell, past: Past) -> None:
    past.many(3)
    foretold = shell.run("brake", "on", "--domain", "EXAMPLE.org", "--dry-run", "--json").line
    assert (foretold["id"], foretold["waiting"]) == (None, 3)
    assert shell.run("brake", "list", "--json").lines == []
    number = pull(shell, "--domain", "EXAMPLE.org")
    past.begin("r0@example.org", "r1@example.org")
    (line,) = shell.run("brake", "list", "--json").lines
    assert (line["id"], line["domain"], line["held"], line["who"], line["why"]) == (
        number,
        "example.org",
        2,
        "carol",
        "wrong price",
    )
    assert "holds 2 deliveries" in shell.run("stats").stderr
    assert shell.run("stats", "--json").line["brakes"] == [line]
    assert states(shell) == ["held", "held", "scheduled"]


def test_a_brake_is_told_to_be_on_before_what_waits_is_counted(on_servers: Shell, past: Past) -> None:
    with past.engine.begin() as busy:
        busy.execute(text("LOCK TABLE columba_delivery IN ACCESS EXCLUSIVE MODE"))
        pulling = on_servers.begin("brake", "on", "--kind", "invoice.*", "--by", "carol")
        assert pulling.stdout is not None
        assert pulling.stdout.readline() == "Brake 1 is on: invoice.*.\n"
        busy.execute(text("SELECT 1"))  # nobody has ended this transaction meanwhile: they are not counted yet
    assert pulling.communicate(timeout=PATIENCE_SECONDS)[1].startswith("Nothing of it waits in the log yet.")


def test_what_a_brake_holds_or_will_hold_says_so(shell: Shell, past: Past) -> None:
    past.many(2)
    number = pull(shell, "--kind", "invoice.*")
    past.begin("r0@example.org")
    said = f"held by brake {number} of carol: wrong price"
    assert said in shell.run("explain", "r0@example.org").stdout
    assert said in shell.run("list", "--status", "held").stdout
    assert f"brake {number} of carol holds it then: wrong price" in shell.run("explain", "r1@example.org").stdout
    assert f"Brake {number} of carol is on" in shell.run("list").stderr


def test_a_brake_that_holds_something_is_not_ended_without_saying_what_becomes_of_it(shell: Shell, past: Past) -> None:
    past.many(1)
    number = str(pull(shell, "--kind", "invoice.ready"))
    past.begin("r0@example.org")
    assert "--release, --cancel or --keep" in shell.run("brake", "off", number, status=2).stderr
    assert "There is nobody to ask" in shell.run("brake", "off", number, "--release", status=2).stderr
    assert "they would be released" in shell.run("brake", "off", number, "--release", "--dry-run").stderr
    (line,) = shell.run("brake", "list", "--json").lines
    assert (line["ended_at"], states(shell)) == (None, ["held"])


@pytest.mark.parametrize(
    ("way", "ending", "left"),
    [
        ("--release", "released", "scheduled"),
        ("--cancel", "cancelled", "cancelled"),
        ("--keep", "kept", "held"),
    ],
)
def test_a_brake_is_ended_and_what_it_held_is_as_was_said(
    shell: Shell, past: Past, way: str, ending: str, left: str
) -> None:
    past.many(2)
    number = pull(shell, "--kind", "invoice.ready")
    past.begin("r0@example.org", "r1@example.org")
    line = shell.run("brake", "off", str(number), way, "--yes", "--by", "dave", "--json").line
    assert (line["id"], line["ending"], line["done"]) == (number, ending, 2)
    assert states(shell) == [left, left]
    (brake,) = shell.run("brake", "list", "--all", "--json").lines
    assert (brake["ended_by"], brake["ending"], brake["held"]) == ("dave", ending, 2 if ending == "kept" else 0)


def test_what_was_kept_can_be_released_later(shell: Shell, past: Past) -> None:
    past.many(2)
    number = str(pull(shell, "--kind", "invoice.ready"))
    past.begin("r0@example.org", "r1@example.org")
    shell.run("brake", "off", number, "--keep")
    shell.run("approve", "--to", "r0@example.org", "--yes")
    line = shell.run("brake", "off", number, "--release", "--rate", "600/m", "--yes", "--json").line
    assert (line["done"], states(shell)) == (1, ["scheduled", "scheduled"])
    assert shell.run("brake", "list", "--json").lines == []


def test_a_brake_about_nothing_everything_or_an_impossible_time_is_refused(shell: Shell) -> None:
    for options, problem in (
        ((), "at least one of"),
        (("--everything",), "add --yes"),
        (("--everything", "--kind", "x"), "goes with none of"),
        (("--kind", "X!"), "is no kind"),
        (("--domain", "a b"), "is no domain"),
        (("--target", "emial"), "there is no target 'emial'"),
        (("--since", "1h", "--until", "2h"), "--until must be later"),
    ):
        assert problem in shell.run("brake", "on", *options, status=2).stderr
    assert "there is no brake 9" in shell.run("brake", "off", "9", status=1).stderr
    assert "--rate goes with --release" in shell.run("brake", "off", "9", "--keep", "--rate", "5", status=2).stderr
    assert "No brake is on." in shell.run("brake", "list").stderr
    assert shell.run("brake", "on", "--everything", "--yes").stdout == "Brake 1 is on: everything.\n"


def test_who_pulled_and_who_ended_a_brake_is_on_record(shell: Shell, past: Past) -> None:
    held = past.many(1)[0]
    number = str(pull(shell, "--kind", "invoice.ready"))
    past.begin("r0@example.org")
    shell.run("brake", "off", number, "--release", "--yes", "--by", "dave", "--why", "all is well")
    shown = shell.run("show", str(held)).stdout
    assert f"released by dave from brake {number}: all is well" in shown
