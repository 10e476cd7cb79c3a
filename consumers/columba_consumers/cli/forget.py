"""`columba forget`: one person leaves the log, the address book and the dead letters, and is told nothing more."""

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import click
from columba_shared.clock import utc_now

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.burial import remove_letters
from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.opening import access_of, log_of, publisher_of, settings
from columba_consumers.cli.screen import note, print_json
from columba_consumers.cli.words import counted, deliveries, moment

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.log.forgetting import Erased, Traces
    from columba_shared.log.person import Person
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

_PATIENCE_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.2
_WORDS: Final = {
    "cancelled": ("waiting delivery cancelled", "waiting deliveries cancelled"),
    "attempts": ("attempt without its reply now", "attempts without their replies now"),
    "events": ("event without what it told now", "events without what they told now"),
    "frozen": ("frozen message deleted", "frozen messages deleted"),
    "messages": ("kept message deleted", "kept messages deleted"),
    "acts": ("act without its details now", "acts without their details now"),
    "addresses": ("address removed from the address book", "addresses removed from the address book"),
    "optouts": ("opt-out removed", "opt-outs removed"),
    "suppressions": ("suppression kept as a mere hash", "suppressions kept as mere hashes"),
    "outbox": ("outbox row deleted or rewritten", "outbox rows deleted or rewritten"),
    "keys": ("key deleted", "keys deleted"),
    "notes": ("note or reason cleared that named them", "notes and reasons cleared that named them"),
    "blobs": ("attached file deleted", "attached files deleted"),
    "letters": ("dead letter removed or rewritten", "dead letters removed or rewritten"),
}
"""What was done, by name: of one, of many."""
_BEYOND: Final = (
    "What Columba cannot see: outboxes in other databases, backups, what the database keeps of deleted rows until it "
    "is vacuumed, mails kept in a folder (COLUMBA_MAILDIR), the logs of your processes, copies (cc, bcc) and facts "
    "that speak of the person in events for others."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was there, what has gone, and what somebody else may still hold."""

    traces: "Traces"
    erased: "Erased"
    letters: int


@click.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS…")
@click.option("--user", metavar="ID", help="Also this user of the app: their addresses and opt-outs.")
@click.option("--dry-run", is_flag=True, help="Say what there is, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@author_options
@as_json
def command(
    *, addresses: tuple[str, ...], user: str | None, dry_run: bool, yes: bool, author: Authorship, as_json: bool
) -> None:
    """Forget one person, by all their addresses: what is kept of them is erased, what waits is not sent.

    What was counted stays counted. What is published for them later is delivered as for anybody. Cannot be taken back.
    """
    from columba_shared.log.engine import reading
    from columba_shared.log.forgetting import Erased, traces

    from columba_consumers.targets.spelling import looked_up

    for address in addresses:
        if not address.strip() or not address.isprintable():
            raise BadUsage(f"ADDRESS: {address!a:.60} is none")
    read = settings()
    addresses = (*addresses, *(looked_up(read, each) for each in addresses))
    with log_of(read) as engine:
        person = _person(engine, addresses, user)
        with reading(engine) as connection:
            there = traces(connection, person)
        if dry_run:
            letters = _letters(read, person, dry_run=True)
            _tell(Forgotten(traces=there, erased=Erased(), letters=letters), dry_run=True, as_json=as_json)
            return
        question = f"Forget {', '.join(person.addresses)}: {deliveries(len(there.deliveries))} on record? For good."
        require_consent(question, given=yes)
        erased = _erase(engine, person, author(read))
        done = Forgotten(traces=there, erased=erased, letters=_letters(read, person, dry_run=False))
    _tell(done, dry_run=False, as_json=as_json)


def _person(engine: "Engine", addresses: tuple[str, ...], user: str | None) -> "Person":
    from columba_shared.log.engine import reading
    from columba_shared.log.forgetting import addresses_of
    from columba_shared.log.person import Person

    with reading(engine) as connection:
        known = addresses_of(connection, user) if user else []
    return Person(addresses=tuple(dict.fromkeys([*(each.strip() for each in addresses), *known])), user=user)


def _erase(engine: "Engine", person: "Person", author: "Author") -> "Erased":
    """Put up the tombstone, in a transaction of its own: nothing that is queued is sent from then on. Then erase.

    What is being sent at that moment is waited for, and what became of it erased as well.
    """
    from columba_shared.log.forgetting import Erased, bury, erase

    now = utc_now()
    with engine.begin() as connection:
        bury(connection, person, author, now=now)
    gone = Erased()
    for gone in erase(engine, person, now=now):  # noqa: B007 - the last one is all of it
        pass
    if not _being_sent(engine, person):
        return gone
    waited = 0.0
    while (left := _being_sent(engine, person)) and waited < _PATIENCE_SECONDS:
        time.sleep(_POLL_SECONDS)
        waited += _POLL_SECONDS
    if left:
        note(f"{deliveries(left)} still being sent: run this again later, for what becomes of it.")
    *_, rest = erase(engine, person, now=now)
    return gone + rest


def _being_sent(engine: "Engine", person: "Person") -> int:
    from columba_shared.log.engine import reading
    from columba_shared.log.forgetting import being_sent

    with reading(engine) as connection:
        return being_sent(connection, person)


def _letters(read: "Settings", person: "Person", *, dry_run: bool) -> int:
    if read.embedded:
        return 0
    with publisher_of(read) as publisher:
        return remove_letters(access_of(read), publisher, read.targets, person, dry_run=dry_run)


def _tell(done: Forgotten, *, dry_run: bool, as_json: bool) -> None:
    told: dict[str, Any] = {
        "dry_run": dry_run,
        "deliveries": len(done.traces.deliveries) if dry_run else done.erased.deliveries,
        "erased": {name: number for name, number in asdict(done.erased).items() if name != "deliveries"},
        "letters": done.letters,
        "handed": done.traces.handed,
    }
    if as_json:
        print_json(told)
        return
    click.echo(f"{deliveries(told['deliveries'])} {'would be' if dry_run else ''} without a name.".replace("  ", " "))
    numbers = {**told["erased"], "letters": done.letters}
    for name, (one, many) in _WORDS.items():
        if numbers.get(name):
            click.echo(f"{counted(numbers[name], one, many)}.")
    if done.erased.shared_events:
        one, many = "event told others as well: its facts are", "events told others as well: their facts are"
        note(f"{counted(done.erased.shared_events, one, many)} kept.")
    for each in done.traces.handed:
        given = f"{deliveries(each.number)}, the last at {moment(each.last_at)} UTC"
        note(f"{each.target} was given {given}: who carried them may still hold them.")
    note(_BEYOND)
