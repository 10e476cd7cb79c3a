"""`columba bounce`: take in what mail servers and mailbox providers report of the mail that was sent."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from columba_consumers.cli.arguments import as_json, domain, past
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.failure import BadUsage, failure_of
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import note, print_json
from columba_consumers.cli.words import counted, plain

if TYPE_CHECKING:
    from columba_consumers.bounces import Taken

TRY_AGAIN: Final = 75
"""What mail servers know as EX_TEMPFAIL: the mail is kept and comes again."""
EVERYWHERE: Final = "*"
_MOST_OCTETS: Final = 32 * 1024 * 1024
_WORDS: Final = {
    "unnamed": "It names no mail that the log knows, and nothing was done.",
    "another address": "It names a mail of ours, and not the address that this went to: nothing was done.",
    "not signed": "Nothing in it is signed by us, and nothing was done: it may be made up.",
}


def _where(text: str) -> str:
    return text if text == EVERYWHERE else domain(text)


@click.command()
@click.option("--recipient", metavar="ADDRESS", help="Whom the mail server was given it for, if it says so.")
@click.option("--maildir", type=click.Path(path_type=Path), metavar="FOLDER", help="Take in what is new in a Maildir.")
@click.option("--follow", is_flag=True, help="With --maildir: go on until a signal asks to stop.")
@click.option("--list", "listing", is_flag=True, help="Show what came back, the newest first.")
@click.option("--to", "address", metavar="ADDRESS", help="With --list: of mails to this address.")
@click.option("--since", type=past, metavar="TIME", help="With --list: since then, 1h, 2d or an ISO time.")
@click.option("--believe", type=_where, metavar="DOMAIN", help="Suppress whom a surge has held back; * is everywhere.")
@click.option("--dismiss", type=_where, metavar="DOMAIN", help="Suppress none of them, nor those just before.")
@author_options
@as_json
def command(
    *,
    recipient: str | None,
    maildir: Path | None,
    follow: bool,
    listing: bool,
    address: str | None,
    since: datetime | None,
    believe: str | None,
    dismiss: str | None,
    author: Authorship,
    as_json: bool,
) -> None:
    """Take in one mail from standard input, as a mail server's pipe gives it.

    Exit status then: 0 taken in, whatever it was; 75 not now, so that the mail server tries again.
    """
    from columba_consumers.cli import bounced

    if sum(map(bool, (recipient, maildir, listing, believe, dismiss))) > 1:
        raise BadUsage("give at most one of --recipient, --maildir, --list, --believe and --dismiss")
    if (follow and maildir is None) or ((address or since) and not listing):
        raise BadUsage("--follow goes with --maildir alone, --to and --since with --list")
    if follow and as_json:
        raise BadUsage("--json does not go with --follow: a process tells what it does as COLUMBA_LOG_FORMAT says")
    if maildir is not None:
        _take_in(maildir, follow=follow, as_json=as_json)
    elif listing:
        bounced.show_list(address, since, as_json=as_json)
    elif believe is not None or dismiss is not None:
        bounced.decide(believe, dismiss, author, as_json=as_json)
    else:
        _pipe(recipient or "", as_json=as_json)


def _pipe(recipient: str, *, as_json: bool) -> None:
    octets = sys.stdin.buffer.read(_MOST_OCTETS)
    while sys.stdin.buffer.read(_MOST_OCTETS):
        pass  # whoever writes it must not meet a closed pipe
    try:
        taken = _take(octets, recipient)
    except Exception as error:  # whatever it is: the mail stays with the mail server, which gives it to us again
        failure_of(error).show()
        raise click.exceptions.Exit(TRY_AGAIN) from error
    if as_json:
        print_json(_plainly(taken))
    else:
        click.echo(_told(taken))


def _take(octets: bytes, recipient: str) -> "Taken":
    from columba_consumers.bounces import Intake

    read = settings()
    with log_of(read) as engine:
        return Intake.from_settings(read, engine).take(octets, recipient=recipient)


def _take_in(folder: Path, *, follow: bool, as_json: bool) -> None:
    from columba_consumers.bounces import Intake
    from columba_consumers.bounces.mailbox import Mailbox

    read = settings()
    with log_of(read) as engine:
        if follow:
            from columba_consumers.process.bounces import bounces
            from columba_consumers.process.loop import run

            run(bounces(read, engine, folder))
            return
        tally = Mailbox(folder=folder).take_in(Intake.from_settings(read, engine))
    if as_json:
        print_json({name: getattr(tally, name) for name in type(tally).__slots__})
        return
    click.echo(
        f"{counted(tally.mails, 'mail')} taken in, {counted(tally.reports, 'report')} believed; "
        f"addresses suppressed: {tally.suppressed:,}."
    )
    if tally.left:
        left = counted(tally.left, "mail is", "mails are")
        note(f"{left} left unread in {folder / 'cur'}: no reports, or not believed.")


def _plainly(taken: "Taken") -> dict[str, Any]:
    found = [{name: getattr(each, name) for name in type(each).__slots__} for each in taken.bounces]
    return {"sort": taken.sort, "belief": taken.belief, "bounces": found}


def _told(taken: "Taken") -> str:
    if taken.belief is None:
        return f"Nothing to do: {taken.sort}."
    if taken.belief in _WORDS:
        return f"A {taken.sort}. {_WORDS[taken.belief]}"
    if not taken.bounces:
        return f"A {taken.sort} that is on record already."
    return "\n".join(
        f"{plain(each.address)}: {each.finding}, {each.effect} ({plain(each.reason)})" for each in taken.bounces
    )
