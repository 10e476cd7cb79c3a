"""`columba show`: all about one event or one delivery."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click
import msgspec
from columba_shared import wire
from columba_shared.clock import utc_now
from columba_shared.errors import ColumbaError
from columba_shared.event import Event
from columba_shared.state import CLAIMABLE, OPEN, State
from columba_shared.telemetry.lines import printable

from columba_consumers.cli.arguments import as_json, id_prefix
from columba_consumers.cli.chain import chain_of, show_chains
from columba_consumers.cli.explain import show_answer, show_timeline
from columba_consumers.cli.failure import Failure
from columba_consumers.cli.logged import logged_event
from columba_consumers.cli.message import show_message
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.preview import Preview, as_sent, preview
from columba_consumers.cli.screen import note, print_json, show, state, table
from columba_consumers.cli.selecting import the_id
from columba_consumers.cli.telling import Told, tell, timeline
from columba_consumers.cli.words import brief, counted, deliveries, moment, octets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from columba_shared.log.audit import Act
    from columba_shared.log.keeping import Kept
    from columba_shared.log.records import Account, DeliveryRecord, EventRecord
    from columba_shared.settings import Settings
    from sqlalchemy import Connection

MOST = 50
"""Deliveries of an event that are shown in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An event on its targets, and its deliveries or the one that was asked for."""

    events: "list[EventRecord]"
    accounts: "list[Account]"
    number: int
    one: bool
    acts: "list[Act]"
    frozen: bytes | None = None
    kept: "Kept | None" = None
    tells: int | None = None
    """How many events a digest tells; None: it is none."""


@click.command()
@click.argument("id", type=id_prefix, metavar="ID")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the message that was sent into this file.",
)
@as_json
def command(*, id: str, out: Path | None, as_json: bool) -> None:  # noqa: A002 - it is what people call it
    """Show an event, its context, its deliveries and their attempts; for one delivery also its message.

    ID is an event's or a delivery's, or the beginning of one. The message is the one that would be sent now, or the one
    that was sent, where COLUMBA_EMAIL_KEEP or its like has it kept.
    """
    from columba_shared.log.braked import expected
    from columba_shared.log.engine import reading
    from columba_shared.log.gathering.telling import digests_of
    from columba_shared.log.lineage import lineages
    from columba_shared.log.pauses import paused_targets
    from columba_shared.log.waiting import closed

    read, now = settings(), utc_now()
    with log_of(read) as engine, reading(engine) as connection:
        subject = _subject(connection, the_id(connection, id, of="either"))
        paused = paused_targets(connection)
        waiting = [each.delivery.id for each in subject.accounts if each.delivery.state in CLAIMABLE]
        braked = expected(connection, waiting)
        shut = closed(connection, now)
        digests = digests_of(connection, [each.delivery for each in subject.accounts])
        chains = lineages(connection, subject.accounts)
    if out is not None:
        _write_sent(out, subject)
    message, problem = _message(read, subject)
    told = [
        tell(account, now=now, paused=paused, braked=braked, closed=shut, digests=digests, chains=chains)
        for account in subject.accounts
    ]
    if as_json:
        line = {"events": [_plain(each) for each in subject.events], "deliveries": told, "number": subject.number}
        more = {"message": message, "message_problem": problem, "acts": subject.acts, "tells": subject.tells}
        print_json(line | more)
        return
    for event in subject.events:
        _show_event(event, tells=subject.tells)
    if len(subject.accounts) == 1:
        _show_delivery(subject.accounts[0].delivery)
        show_timeline(timeline(tuple(subject.accounts), subject.acts))
        click.echo()
        show_answer(told[0])
    else:
        _show_told(subject, told)
    show_chains(told)
    if problem:
        note(f"Its message cannot be made now: {problem}")
    if message is not None:
        click.echo(f"\nIts message, {_which(message)}:\n")
        show_message(message)


def _subject(connection: "Connection", found: UUID) -> Subject:
    from columba_shared.log.audit import acts_on, acts_on_event
    from columba_shared.log.counting import counts
    from columba_shared.log.freezing import frozen_message
    from columba_shared.log.keeping import kept
    from columba_shared.log.reading import account, accounts, events
    from columba_shared.log.reading import deliveries as listed
    from columba_shared.log.selection import Selection

    single = account(connection, found)
    if single is not None:
        frozen = frozen_message(connection, found)
        return Subject(
            events=[single.event] if single.event else [],
            accounts=[single],
            number=1,
            one=True,
            acts=acts_on(connection, [found]),
            frozen=None if frozen is None else frozen.exact.content,
            kept=kept(connection, found),
            tells=_tells(connection, [single]),
        )
    wanted = Selection(event_id=found)
    some = accounts(connection, listed(connection, wanted, limit=MOST))
    number = sum(each.number for each in counts(connection, wanted))
    acts = acts_on(connection, [each.delivery.id for each in some]) + acts_on_event(connection, found)
    tells = _tells(connection, some)
    return Subject(events=events(connection, found), accounts=some, number=number, one=False, acts=acts, tells=tells)


def _tells(connection: "Connection", accounts: "list[Account]") -> int | None:
    from columba_shared.log.gathering.telling import told_by

    digests = [each.delivery for each in accounts if each.delivery.digest_id == each.delivery.event_id]
    return told_by(connection, digests[0]) if digests else None


def _message(read: "Settings", subject: Subject) -> tuple[Preview | None, str | None]:
    """Render the message of one delivery that is still to be made, or return the one that was sent.

    Return also why it cannot be rendered, if so.
    """
    if subject.one and subject.accounts[0].delivery.state not in OPEN and subject.kept is not None:
        return as_sent(subject.accounts[0], subject.kept), None
    if len(subject.accounts) != 1 or subject.accounts[0].delivery.state not in OPEN:
        return None, None
    try:
        event, recipient = logged_event(subject.accounts[0])
        delivery = subject.accounts[0].delivery.id
        made = asyncio.run(preview(read, event, recipient, delivery=delivery, frozen=subject.frozen))
    except (ColumbaError, Failure) as error:
        return None, str(error)
    return made, "the renderer has nothing to say" if made is None else None


def _which(message: Preview) -> str:
    if message.sent_at is not None:
        return f"as it was sent {moment(message.sent_at)}"
    exactly = "frozen" if message.frozen else "as it would be sent now"
    return f"{exactly} (digest {message.digest})"


def _write_sent(out: Path, subject: Subject) -> None:
    if subject.kept is None:
        raise Failure("--out: there is no message that was sent and kept under this id; see COLUMBA_EMAIL_KEEP")
    try:
        out.write_bytes(subject.kept.content)
    except OSError as error:
        raise Failure(f"--out: {out} cannot be written: {error.strerror}") from error


def _plain(event: "EventRecord") -> dict[str, Any]:
    """Return the event as it was published beside what the log noted of it."""
    noted = {name: getattr(event, name) for name in event.__slots__ if name != "body"}
    told = _told(event)
    if told is None:
        return noted | {"about": None, "withdraws": None, "context": {}, "attachments": []}
    files = [{"name": each.name, "size": each.size, "blob": each.blob} for each in told.attachments]
    withdraws = told.key if told.withdraw else None
    return noted | {"about": told.about, "withdraws": withdraws, "context": told.context, "attachments": files}


def _told(event: "EventRecord") -> Event | None:
    """Return what was published; None when that cannot be read."""
    try:
        return wire.decode_kept(event.body)
    except ColumbaError:
        return None


def _show_delivery(delivery: "DeliveryRecord") -> None:
    held = delivery.state is State.HELD
    facts: dict[str, object] = {
        "delivery": delivery.id,
        "to": delivery.address,
        "user": delivery.user_id,
        "key": delivery.key,
        "digest": delivery.digest_id if delivery.state is State.GATHERED else None,
        "state": delivery.state.replace("_", " "),
        "due": moment(delivery.due_at) if delivery.state in OPEN else None,
        "then": f"{delivery.auto} by itself, unless somebody decides before" if held and delivery.auto else None,
        "four eyes": "not by whoever published it, or amended it last" if held and delivery.four_eyes else None,
    }
    _show_facts(facts)
    click.echo()


def _show_event(event: "EventRecord", *, tells: int | None) -> None:
    told = _told(event)
    files = [f"{each.name} ({octets(each.size)})" for each in told.attachments] if told else []
    facts: dict[str, object] = {
        "event": event.id,
        "kind": event.kind,
        "target": f"{event.target}, lane {event.lane}",
        "chain": chain_of(told) if told else None,
        "about": told and told.about,
        "withdraws": f"what waits under {told.key}" if told and told.withdraw else None,
        "attached": ", ".join(files),
        "producer": event.producer,
        "published": moment(event.created_at),
        "due": moment(event.due_at),
        "expires": moment(event.expires_at),
        "recorded": moment(event.recorded_at),
        "tells": None if tells is None else f"{counted(tells, 'event')}: `columba list --digest {brief(event.id)}`",
    }
    _show_facts(facts)
    if tells is not None or (told and told.withdraw):
        click.echo()
        return
    context = msgspec.json.format(msgspec.json.encode(told.context if told else {}), indent=2).decode()
    click.echo(f"{click.style('context', bold=True)}    " + "\n".join(printable(line) for line in context.splitlines()))
    click.echo()


def _show_facts(facts: "Mapping[str, object]") -> None:
    for name, value in facts.items():
        if value:
            click.echo(f"{click.style(f'{name:<10}', bold=True)} {printable(str(value))}")


def _show_told(subject: Subject, told: "list[Told]") -> None:
    rows = [(str(one.delivery.id)[:8], state(one.delivery.state), one.delivery.address, one.answer) for one in told]
    show(table(("id", "state", "to", "answer"), rows, folds="answer", cut=("to",)))
    if subject.number > len(subject.accounts):
        event_id = subject.events[0].id if subject.events else ""
        note(f"{deliveries(subject.number)} in all: `columba list --event {event_id} --all` lists every one.")
    elif not subject.accounts:
        withdraws = any(told is not None and told.withdraw for told in map(_told, subject.events))
        note("It tells nobody." if withdraws else f"{deliveries(0)} yet.")
