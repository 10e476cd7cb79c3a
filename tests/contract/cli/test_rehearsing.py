"""What rehearse says would become of what is selected, and that nothing becomes of it."""

from datetime import timedelta
from email import policy
from email.parser import BytesParser

from columba_shared.log.tables import metadata
from sqlalchemy import select

from tests.contract.cli.past import REJECTED, SENT, UNWATCHED, Past
from tests.contract.cli.shell import Shell

APP = """
from columba_consumers import EmailMessage, renderer, still_relevant

@renderer("invoice.ready", target="email")
def invoice(event, recipient):
    if recipient.address.startswith("quiet"):
        return None
    if recipient.address.startswith("broken"):
        raise LookupError(f"no customer {recipient.address}")
    return EmailMessage(subject=f"Invoice {event.context['number']}", text=f"Hello {recipient.address}")

@still_relevant("invoice.*")
def is_unpaid(event, recipient):
    return not recipient.address.startswith("paid")
"""


OWNERS = (
    APP
    + """
from columba_consumers import User, audience
from columba_consumers.rendering.errors import Vanished
from columba_shared.underway import LOOKING

@audience("owners")
def owners(event):
    yield from ("amy@example.org", "broken@example.org", User("7"))
    assert LOOKING.get()
    yield "quiet@example.org"

@audience("gone")
def gone(event):
    raise Vanished("the shop is gone")
"""
)


def test_everything_that_waits_is_rendered_and_told_by_what_would_become_of_it(shell: Shell, past: Past) -> None:
    shell.folder.joinpath("shop.py").write_text(APP)
    shell.settings["COLUMBA_APP"] = "shop"
    for person in ("amy", "bob", "quiet", "paid", "broken1", "broken2"):
        past.had(f"{person}@example.org")
    past.had("sent@example.org", SENT)
    told = shell.run("rehearse", "--json", status=1).line
    assert told["number"] == 6
    assert told["would"] == {"sent": 2, "skipped": 1, "expired": 1, "broken": 2}
    (breaks,) = told["breaks"]
    assert (breaks["kind"], breaks["target"], breaks["stage"], breaks["number"]) == (
        "invoice.ready",
        "email",
        "render",
        2,
    )
    assert "LookupError: no customer broken" in breaks["reason"]


def test_nothing_is_rendered_in_a_transaction(shell: Shell, past: Past) -> None:
    shell.folder.joinpath("shop.py").write_text(UNWATCHED)
    shell.settings["COLUMBA_APP"] = "shop"
    past.many(3)
    assert shell.run("rehearse", "--json").line["would"] == {"sent": 3}
    assert shell.run("rehearse", "--json", "--limit", "2").line["would"] == {"sent": 2}


def test_a_veto_is_foretold_and_is_no_failure(shell: Shell, past: Past) -> None:
    shell.folder.joinpath("shop.py").write_text(
        "from columba_consumers import Veto, before_delivery\n@before_delivery()\n"
        "def hush(message, event, recipient):\n    raise Veto('not today')\n"
    )
    shell.settings["COLUMBA_APP"] = "shop"
    past.had("bob@example.org")
    assert shell.run("rehearse", "--json").line["would"] == {"skipped": 1}
    render, said = ("render", "invoice.ready", "--to", "bob@example.org", "--set", "number=1"), "vetoed by shop:hush"
    assert shell.run(*render).stdout == f"Nothing: {said}: not today.\n"
    told = shell.run(*render, "--json")
    assert (told.stdout, told.stderr) == ("null\n", f"Nothing: {said}: not today.\n")


def test_a_rehearsal_leaves_no_trace_in_the_log(shell: Shell, past: Past) -> None:
    past.many(3)
    past.many(2, REJECTED)
    before = _everything(past)
    shell.run("rehearse", "--status", "dead", "--status", "scheduled")
    assert _everything(past) == before


def test_a_broken_template_shows_before_anybody_gets_it(shell: Shell, past: Past) -> None:
    past.many(3)
    shell.write_templates(**{"email.txt": "Hello {{ nobody }}\n"})
    told = shell.run("rehearse", status=1).stdout
    assert "Rehearsed 3 deliveries; nothing was sent." in told
    assert "3 would fail before anybody is asked to deliver them" in told
    assert "nobody" in told
    shell.write_templates()
    assert "3 would be sent" in shell.run("rehearse").stdout


def test_what_would_break_while_it_is_put_together_shows_as_well(embedded: Shell, past: Past) -> None:
    past.had("bob@example.org", number="=?utf-8?q?hi=0ABcc:_eve@example.org?=")
    (breaks,) = embedded.run("rehearse", "--json", status=1).line["breaks"]
    assert (breaks["stage"], breaks["address"]) == ("validate", "bob@example.org")


def test_dead_letters_are_rehearsed_before_they_are_replayed(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", REJECTED, number=7)
    past.had("amy@example.org", number=8)
    assert shell.run("rehearse", "--status", "dead", "--json").line["would"] == {"sent": 1}


def test_a_frozen_selection_is_rehearsed_whatever_has_come_since(shell: Shell, past: Past) -> None:
    past.many(2)
    selection = shell.run("list", "--freeze", "--json").line["id"]
    past.had("late@example.org")
    assert shell.run("rehearse", "--selection", selection, "--json").line["number"] == 2


def test_every_mail_is_written_as_it_would_leave(embedded: Shell, past: Past) -> None:
    ids = [past.had(f"{name}@example.org", number=name) for name in ("amy", "bob")]
    embedded.run("rehearse", "--out", "mails/today")
    written = {file.stem: file.read_bytes() for file in (embedded.folder / "mails" / "today").iterdir()}
    assert set(written) == {str(each) for each in ids}
    mail = BytesParser(policy=policy.default).parsebytes(written[str(ids[0])])
    assert (mail["To"], mail["Subject"]) == ("amy@example.org", "Invoice amy")


def test_the_latest_of_more_than_a_page_are_rehearsed(embedded: Shell, past: Past) -> None:
    past.many(503)
    assert embedded.run("rehearse", "--limit", "502", "--json").line["number"] == 502
    assert embedded.run("rehearse", "--json").line["would"] == {"sent": 503}


def test_what_was_frozen_word_for_word_is_rehearsed_as_it_was_frozen(embedded: Shell, past: Past) -> None:
    delivery = past.had("bob@example.org", due_in=timedelta(hours=1))
    digest = embedded.run("render", "--from-log", str(delivery), "--json").line["digest"]
    embedded.run("hold", str(delivery))
    embedded.run("approve", str(delivery), "--message", digest)
    embedded.write_templates(**{"email.subject.txt": "{{ nobody }}"})
    assert embedded.run("rehearse", "--json").line["would"] == {"sent": 1}


def test_an_audience_is_counted_and_its_members_are_not_rehearsed(embedded: Shell, past: Past) -> None:
    past.had("audience:shop.owners")
    assert embedded.run("rehearse", "--json").line["would"] == {"expanded": 1}


def test_an_audience_may_be_asked_and_each_member_is_rehearsed(embedded: Shell, past: Past) -> None:
    embedded.folder.joinpath("shop.py").write_text(OWNERS)
    embedded.settings["COLUMBA_APP"] = "shop"
    past.had("audience:owners")
    past.had("audience:gone")
    past.had("audience:unknown")
    told = embedded.run("rehearse", "--members", "--json", status=1).line
    assert told["would"] == {"sent": 1, "skipped": 2, "expanded": 1, "broken": 2}
    reasons = {each["reason"]: each["address"] for each in told["breaks"]}
    assert [address for reason, address in reasons.items() if "no customer" in reason] == ["broken@example.org"]
    assert [address for reason, address in reasons.items() if "no audience" in reason] == ["audience:unknown"]


def test_nothing_to_rehearse_is_said(embedded: Shell) -> None:
    ran = embedded.run("rehearse")
    assert ran.stdout == "Rehearsed 0 deliveries; nothing was sent.\n"
    assert "Nothing in the log is like that" in ran.stderr
    assert "there is no target 'fax'" in embedded.run("rehearse", "--target", "fax").stderr


def _everything(past: Past) -> dict[str, list[object]]:
    with past.engine.connect() as connection:
        return {table.name: list(connection.execute(select(table))) for table in metadata.sorted_tables}
