"""`columba suppress`: the list as operators keep it, from files too; every act of it on record."""

from datetime import timedelta

import pytest

from tests.contract.cli.past import GREYLISTED, Past
from tests.contract.cli.shell import Shell
from tests.system.forks import Json

BOB = "bob@example.org"


def entries(shell: Shell) -> list[Json]:
    return [
        (line["address"], line["target"], line["source"]) for line in shell.run("suppress", "--list", "--json").lines
    ]


def test_what_waits_for_a_suppressed_address_ends_and_waits_again_once_it_is_lifted(shell: Shell, past: Past) -> None:
    past.had("Bob@Example.org", due_in=timedelta(hours=1))
    assert shell.run("suppress", BOB, "--why", "rang us", "--by", "carol", "--json").line["ended"] == 1
    (line,) = shell.run("list", "--json").lines
    assert (line["state"], line["reason"]) == ("suppressed", "address suppressed by carol: rang us")
    assert shell.run("unsuppress", BOB, "--json").line["back"] == 1
    assert [line["state"] for line in shell.run("list", "--json").lines] == ["scheduled"]


def test_an_address_is_explained_and_checked_by_everything_that_is_on_the_list_about_it(embedded: Shell) -> None:
    embedded.run("suppress", BOB, "@example.org", "--why", "rang us", "--by", "carol")
    assert "bob@example.org is suppressed on every target, by carol: rang us." in embedded.run("explain", BOB).stderr
    checked = embedded.run("suppress", "--check", "Bob <BOB@example.org>", "--json").line
    assert (checked["suppressed"], len(checked["entries"])) == (True, 2)
    assert not embedded.run("suppress", "--check", "amy@example.com", "--json").line["suppressed"]


def test_a_file_with_a_bad_line_does_nothing_and_says_which_and_what(embedded: Shell) -> None:
    (embedded.folder / "list.csv").write_text("address,until\nbob@example.org,\nexample.org,\namy@example.org,soon\n")
    told = embedded.run("suppress", "--import", "list.csv", status=1).stderr
    assert "line 3: 'example.org' is no address: write @example.org for a whole domain" in told
    assert "line 4: until: 'soon' is no time" in told
    assert entries(embedded) == []


def test_asked_to_a_file_is_taken_in_without_its_bad_lines(embedded: Shell) -> None:
    (embedded.folder / "list.csv").write_text("Address,score\nBob <bob@example.org>,1\n,2\n")
    done = embedded.run("suppress", "--import", "list.csv", "--skip-bad", "--json")
    assert (done.line["new"], [each["line"] for each in done.line["bad"]]) == (1, [3])
    assert "Columns that mean nothing here: score" in done.stderr
    assert entries(embedded) == [(BOB, "", "import")]


@pytest.mark.parametrize("text", ["", "bob@example.org\n", '"broken\n'])
def test_a_file_that_does_not_name_its_columns_is_refused(embedded: Shell, text: str) -> None:
    (embedded.folder / "list.csv").write_text(text)
    assert "address" in embedded.run("suppress", "--import", "list.csv", status=2).stderr


def test_what_is_exported_can_be_taken_in_elsewhere(embedded: Shell) -> None:
    embedded.run("suppress", BOB, "--until", "2099-01-01T00:00:00Z", "--why", 'said "no", twice', "--target", "email")
    embedded.run("suppress", "*.example.com", "--category", "news")
    embedded.run("suppress", "--export", "out.csv")
    before = embedded.run("suppress", "--list", "--json").lines
    embedded.run("unsuppress", BOB, "--target", "email")
    embedded.run("unsuppress", "*.example.com", "--category", "news")
    assert embedded.run("suppress", "--import", "out.csv", "--json").line["new"] == 2
    after = embedded.run("suppress", "--list", "--json").lines
    kept = ("address", "target", "category", "until", "why", "source")
    assert [[line[name] for name in kept] for line in after] == [[line[name] for name in kept] for line in before]
    assert embedded.run("suppress", "--export", "-").stdout.startswith("address,target,category,until,why,source")


def test_lifting_what_is_not_on_the_list_fails_and_what_still_stops_it_is_named(embedded: Shell) -> None:
    embedded.run("suppress", "@example.org")
    told = embedded.run("unsuppress", BOB, status=1)
    assert "Still on the list: @example.org is suppressed" in told.stderr
    assert "`columba unsuppress @example.org` takes it off" in told.stderr
    assert "nothing was taken off" in told.stderr
    assert "none of them is on the list" in embedded.run("unsuppress", "ann@example.com", status=1).stderr


def test_the_command_that_lifts_an_entry_is_told_to_whoever_left_out_its_target(embedded: Shell) -> None:
    embedded.run("suppress", BOB, "--target", "email", "--category", "news")
    told = embedded.run("unsuppress", BOB, status=1)
    assert f"`columba unsuppress {BOB} --target email --category news` takes it off" in told.stderr
    assert embedded.run("unsuppress", BOB, "--target", "email", "--category", "news").status == 0


@pytest.mark.parametrize(
    "wrong",
    [(), (BOB, "--list"), ("--list", "--skip-bad"), ("example.org",), ("user:42",), (BOB, "--target", "fax")],
)
def test_what_cannot_be_meant_is_bad_usage(embedded: Shell, wrong: tuple[str, ...]) -> None:
    embedded.run("suppress", *wrong, status=2)
    assert entries(embedded) == []


def test_who_is_forgotten_stays_on_the_list_by_a_hash(embedded: Shell, past: Past) -> None:
    past.had(BOB, GREYLISTED)
    embedded.run("suppress", BOB)
    assert embedded.run("forget", BOB, "--yes", "--json").line["erased"]["suppressions"] == 1
    ((address, _, _),) = entries(embedded)
    assert address.startswith("forgotten:")
    assert embedded.run("suppress", "--check", BOB, "--json").line["suppressed"]


@pytest.mark.parametrize(
    ("target", "given"), [("sms", "0660 1234567"), ("sms", "+43 (0)660 123 45 67"), ("", "+43 660 1234567")]
)
def test_a_number_is_suppressed_however_it_is_written(embedded: Shell, target: str, given: str) -> None:
    embedded.settings |= {"COLUMBA_TARGETS": "email,sms", "COLUMBA_SMS_REGION": "AT"}
    on = ("--target", target) if target else ()
    embedded.run("suppress", given, *on)
    assert entries(embedded) == [("+436601234567", target, "operator")]
    assert "+436601234567 is suppressed" in embedded.run("explain", "0660/1234567").stderr
    assert embedded.run("suppress", "--check", "0043 660 1234567", "--json").line["suppressed"]
    embedded.run("unsuppress", given, *on)
    assert entries(embedded) == []


def test_a_file_may_hold_numbers_as_people_write_them(embedded: Shell) -> None:
    embedded.settings |= {"COLUMBA_TARGETS": "email,sms", "COLUMBA_SMS_REGION": "AT"}
    (embedded.folder / "list.csv").write_text("address,target\n0660 1234567,sms\n0660 7654321,\n")
    told = embedded.run("suppress", "--import", "list.csv", "--skip-bad").stderr
    assert "line 3: is not a telephone's number" in told
    assert "or name its target" in told
    assert entries(embedded) == [("+436601234567", "sms", "import")]
