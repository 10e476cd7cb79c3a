"""`columba bounce`: what comes back ends what waits for the address, and everything that is asked about it says so."""

import signal
from pathlib import Path
from uuid import UUID

import pytest
from columba_consumers.cli.shapes import BOUNCE, SHAPES
from columba_shared.clock import utc_now
from columba_shared.log.bounce import Finding, Reported, Terms
from columba_shared.log.bounces import take_in
from columba_shared.log.surge import MOST, Surge

from tests.bounced import others
from tests.bounced.dsn import Original, mail
from tests.bounced.systems import NOBODY_THERE
from tests.contract.cli.past import SENT, Past
from tests.contract.cli.shell import Shell, running, until
from tests.system.forks import Ran

ANN = "Ann@Example.org"


def piped(shell: Shell, octets: bytes, *arguments: str, status: int = 0) -> Ran:
    return shell.run("bounce", *arguments, stdin=octets.decode(), status=status)


def sent(past: Past, address: str = ANN) -> Original:
    return Original(to=address, id=past.had(address, SENT).hex)


def test_a_report_from_a_pipe_suppresses_the_address_and_ends_what_waits(shell: Shell, past: Past) -> None:
    original = sent(past)
    past.had("ann@example.org")
    line = piped(shell, NOBODY_THERE["postfix"](original), "--json").line
    assert (line["sort"], line["belief"], [each["effect"] for each in line["bounces"]]) == (
        "bounce",
        "named",
        ["suppressed"],
    )
    assert set(line["bounces"][0]) == set(BOUNCE.split())
    assert sorted(each["state"] for each in shell.run("list", "--json").lines) == ["sent", "suppressed"]
    [entry] = shell.run("suppress", "--list", "--json").lines
    assert (entry["address"], entry["source"], entry["who"]) == ("ann@example.org", "bounce", "columba")


def test_its_story_says_that_it_was_sent_and_came_back(embedded: Shell, past: Past) -> None:
    piped(embedded, NOBODY_THERE["exim"](sent(past)))
    told = " ".join(embedded.run("explain", ANN).stdout.split())
    assert "came back, nobody is there, says mx.example.net, so the address is suppressed" in told
    assert "No, it was sent at" in told
    assert "550 5.1.1 <Ann@Example.org> no mailbox here" in told


@pytest.mark.parametrize("system", NOBODY_THERE)
def test_every_system_is_traced_to_what_was_sent(embedded: Shell, past: Past, system: str) -> None:
    line = piped(embedded, NOBODY_THERE[system](sent(past)), "--json").line
    assert [(each["finding"], each["effect"]) for each in line["bounces"]] == [("hard", "suppressed")]


def test_whoever_lets_it_be_written_to_again_is_told_that_the_book_does_not_use_it(embedded: Shell, past: Past) -> None:
    embedded.run("addresses", "add", "42", "email", ANN)
    piped(embedded, NOBODY_THERE["postfix"](sent(past)))
    told = embedded.run("unsuppress", ANN, "--target", "email").stderr
    assert f"columba addresses activate 42 --address {ANN}" in told
    embedded.run("addresses", "activate", "42", "--address", ANN)
    assert embedded.run("addresses", "list", "--user", "42", "--json").line["active"]


def test_the_same_report_twice_changes_nothing(embedded: Shell, past: Past) -> None:
    report = NOBODY_THERE["postfix"](sent(past))
    piped(embedded, report)
    assert "on record already" in piped(embedded, report).stdout


def test_a_complaint_ends_its_category_alone(embedded: Shell, past: Past) -> None:
    piped(embedded, others.complaint(sent(past)))
    [entry] = embedded.run("suppress", "--list", "--json").lines
    assert (entry["source"], entry["category"]) == ("complaint", "invoice")


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (lambda original: NOBODY_THERE["postfix"](Original(to=original.to)), "unnamed"),
        (lambda original: NOBODY_THERE["postfix"](Original(to="bob@example.org", id=original.id)), "another address"),
        (lambda original: others.complaint(original, named=False), "another address"),
    ],
)
def test_a_made_up_report_suppresses_nobody(embedded: Shell, past: Past, report: object, why: str) -> None:
    made_up = report(sent(past))  # type: ignore[operator]
    line = piped(embedded, made_up, "--json").line
    assert (line["belief"], line["bounces"]) == (why, [])
    assert embedded.run("suppress", "--list", "--json").lines == []


UNKNOWN_CHARSET = b"Content-Type: text/plain; charset=iso-8859-12\n\nhello\n"
BROKEN_BOUNDARY = b"Content-Type: multipart/mixed; boundary*=idna'x'y\n\nhello\n"


@pytest.mark.parametrize(
    "octets", [mail("hello"), others.away(Original()), b"", b"\n\n", UNKNOWN_CHARSET, BROKEN_BOUNDARY]
)
def test_what_is_no_report_is_taken_and_nothing_is_done(embedded: Shell, octets: bytes) -> None:
    assert "Nothing to do" in piped(embedded, octets).stdout


def test_a_mail_server_is_asked_to_try_again_while_the_log_is_away(embedded: Shell) -> None:
    embedded.settings["COLUMBA_DATABASE_URL"] = "sqlite:///there-is-none.db"
    told = piped(embedded, NOBODY_THERE["postfix"](Original()), status=75)
    assert "there-is-none.db" in told.stderr


def surge(past: Past) -> None:
    """Have more come back than can be true."""
    originals = [sent(past, f"r{number}@example.org") for number in range(MOST + 3)]
    with past.engine.begin() as connection:
        told = [Reported(delivery_id=UUID(each.id), finding=Finding.HARD, reporter="mx") for each in originals]
        take_in(connection, told, Terms(), Surge(), now=utc_now())


def test_what_a_surge_held_back_is_told_and_decided_by_a_person(embedded: Shell, past: Past) -> None:
    surge(past)
    assert "3 addresses at example.org held back" in embedded.run("bounce", "--list").stderr
    assert "columba bounce --believe example.org" in embedded.run("doctor", "--json", status=1).stdout
    assert "held back" in embedded.run("health", "--json", status=1).stdout
    line = embedded.run("bounce", "--dismiss", "example.org", "--by", "carol", "--json").line
    assert line == {"decided": 3, "back": MOST}
    assert embedded.run("suppress", "--list", "--json").lines == []
    embedded.run("bounce", "--believe", "*", status=1)


def test_what_a_surge_held_back_is_suppressed_once_it_is_believed(embedded: Shell, past: Past) -> None:
    surge(past)
    assert "3 addresses suppressed" in embedded.run("bounce", "--believe", "*").stdout
    assert len(embedded.run("suppress", "--list", "--json").lines) == MOST + 3


def test_what_came_back_is_listed(embedded: Shell, past: Past) -> None:
    piped(embedded, NOBODY_THERE["postfix"](sent(past)))
    piped(embedded, others.failed(sent(past, "bob@example.org"), "5.2.2", "552 5.2.2 full"))
    lines = embedded.run("bounce", "--list", "--json").lines
    assert [(line["address"], line["finding"], line["effect"]) for line in lines] == [
        ("bob@example.org", "soft", "counted"),
        ("ann@example.org", "hard", "suppressed"),
    ]
    assert set(lines[0]) == set(SHAPES["bounce --list"].split())
    [line] = embedded.run("bounce", "--list", "--to", ANN, "--json").lines
    assert line["address"] == "ann@example.org"
    assert embedded.run("bounce", "--list", "--since", "2999-01-01T00:00:00Z", "--json").lines == []


def letterbox(embedded: Shell, *mails: bytes) -> Path:
    """Have a Maildir with new mails in it."""
    folder = embedded.folder / "mail"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, octets in enumerate(mails):
        (folder / "new" / f"{number}.M1P1.host").write_bytes(octets)
    return folder


def test_a_maildir_is_taken_in_and_what_is_for_people_is_left_unread(embedded: Shell, past: Past) -> None:
    report = NOBODY_THERE["postfix"](sent(past))
    folder = letterbox(embedded, report, mail("Who are you?"), others.away(Original()), report)
    line = embedded.run("bounce", "--maildir", "mail", "--json").line
    assert line == {"mails": 4, "reports": 2, "suppressed": 1, "left": 1}
    assert set(line) == set(SHAPES["bounce --maildir"].split())
    assert sorted(each.name for each in (folder / "cur").iterdir()) == [
        "0.M1P1.host:2,S",
        "1.M1P1.host:2,",
        "2.M1P1.host:2,S",
        "3.M1P1.host:2,S",
    ]
    assert not list((folder / "new").iterdir())


def test_a_mail_stays_new_while_the_log_is_away(embedded: Shell) -> None:
    folder = letterbox(embedded, NOBODY_THERE["postfix"](Original()))
    embedded.settings["COLUMBA_DATABASE_URL"] = "postgresql+psycopg://127.0.0.1:1/nothing"
    embedded.run("bounce", "--maildir", "mail", status=1)
    assert len(list((folder / "new").iterdir())) == 1


def test_a_maildir_is_followed_until_a_signal_asks_to_stop(embedded: Shell, past: Past) -> None:
    original = sent(past)
    folder = letterbox(embedded)
    with running(embedded, "bounce", "--maildir", "mail", "--follow") as process:
        arriving = folder / "tmp" / "1"
        arriving.write_bytes(NOBODY_THERE["qmail"](original))
        arriving.rename(folder / "new" / "1")
        until(lambda: bool(list((folder / "cur").iterdir())), "it is taken in")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert [line["address"] for line in embedded.run("suppress", "--list", "--json").lines] == ["ann@example.org"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--follow",),
        ("--to", "ann@example.org"),
        ("--list", "--maildir", "mail"),
        ("--believe", "*", "--dismiss", "*"),
        ("--maildir", "mail", "--follow", "--json"),
        ("--believe", "no domain"),
    ],
)
def test_what_cannot_be_meant_is_bad_usage(embedded: Shell, wrong: tuple[str, ...]) -> None:
    embedded.run("bounce", *wrong, status=2)


def test_a_folder_that_is_no_maildir_is_named(embedded: Shell) -> None:
    assert "no Maildir" in embedded.run("bounce", "--maildir", "templates", status=1).stderr
