"""`columba render`: the exact message that somebody would get; nothing is sent, written or recorded."""

import asyncio
import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

import click
from columba_shared import wire
from columba_shared.clock import utc_now
from columba_shared.errors import InvalidEvent, Malformed
from columba_shared.event import KIND_PATTERN, Event, Recipient
from columba_shared.identity import delivery_id, event_id

from columba_consumers.cli.arguments import as_json, id_prefix
from columba_consumers.cli.facts import fact_options, facts
from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.logged import logged_event
from columba_consumers.cli.message import show_message
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import print_json
from columba_consumers.cli.selecting import the_id

if TYPE_CHECKING:
    from columba_shared.settings import Settings


@click.command()
@click.argument("kind", required=False)
@click.option("--to", "to", metavar="ADDRESS", help="Who would get it.")
@click.option("--target", metavar="NAME", default="email", show_default=True, help="By which way.")
@fact_options
@click.option("--name", metavar="TEXT", help="The recipient's name.")
@click.option("--locale", metavar="LOCALE", help="The recipient's locale, such as de.")
@click.option("--about", metavar="THING", help="A thing of the app's, such as invoice:42.")
@click.option("--html", "html_file", metavar="FILE", type=click.Path(path_type=Path), help="Write the HTML part here.")
@click.option("--from-log", "logged", metavar="ID", type=id_prefix, help="Render this delivery of the log anew.")
@as_json
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    kind: str | None,
    to: str | None,
    target: str,
    context: str | None,
    context_file: IO[str] | None,
    pairs: tuple[str, ...],
    name: str | None,
    locale: str | None,
    about: str | None,
    html_file: Path | None,
    logged: str | None,
    as_json: bool,
) -> None:
    """Show what an event of this KIND would say to one address, by the app's renderers and templates.

    Give KIND and --to, or --from-log with a delivery's id.
    """
    from columba_consumers.cli.preview import preview
    from columba_consumers.rendering.errors import Vanished, Vetoed

    read = settings()
    if logged is not None:
        if kind or to:
            raise BadUsage("give --from-log, or KIND and --to, not both")
        event, recipient, delivery = _from_log(read, logged)
    else:
        if kind is None or to is None:
            raise BadUsage("give KIND and --to, or --from-log with a delivery's id")
        recipient = Recipient(address=to, name=name, locale=locale)
        given = dict(facts(context, context_file, pairs))
        event = _event(kind, target, recipient, context=given, about=about)
        delivery = delivery_id(event.id, target, to)
    try:
        made = asyncio.run(preview(read, event, recipient, delivery=delivery))
    except (Vanished, Vetoed) as ended:
        made, why = None, str(ended)
    else:
        why = f"the renderer of {event.kind} has nothing to say to {recipient.address}"
    if html_file is not None:
        _write_html(html_file, made.html if made else None)
    if as_json:
        print_json(made)
    elif made is None:
        click.echo(f"Nothing: {why}.")
    else:
        show_message(made)


def _event(kind: str, target: str, recipient: Recipient, *, context: dict[str, Any], about: str | None) -> Event:
    """Return the event as it would travel; raises BadUsage for what could not be published."""
    made = Event(
        id=event_id(), kind=kind, target=target, to=(recipient,), context=context, about=about, created_at=utc_now()
    )
    if not re.fullmatch(KIND_PATTERN, kind):
        raise BadUsage(f"KIND: {kind!r} must be a-z, 0-9, _ and -, in parts joined by dots, such as invoice.ready")
    try:
        return wire.decode(wire.encode(made))
    except (Malformed, InvalidEvent) as error:
        raise BadUsage(str(error)) from error


def _from_log(read: "Settings", beginning: str) -> tuple[Event, Recipient, UUID]:
    from columba_shared.log.engine import reading
    from columba_shared.log.reading import account

    with log_of(read) as engine, reading(engine) as connection:
        found = account(connection, the_id(connection, beginning, of="delivery"))
    if found is None:
        raise Failure(f"the delivery {beginning} has just been purged")
    return *logged_event(found), found.delivery.id


def _write_html(file: Path, html: str | None) -> None:
    if html is None:
        raise Failure(f"--html: the message has no HTML part, so {file} was not written")
    try:
        file.write_text(html, encoding="utf-8")
    except OSError as error:
        raise Failure(f"--html: {file} cannot be written: {error.strerror}") from error
