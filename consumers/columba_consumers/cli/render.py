"""`columba render`: the exact message that somebody would get; nothing is sent, written or recorded."""

import asyncio
import re
import tempfile
import webbrowser
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

import click
import msgspec
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
from columba_consumers.cli.obstacles import require_sayable
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import print_json
from columba_consumers.cli.selecting import the_id
from columba_consumers.cli.targets import require_address, require_targets

if TYPE_CHECKING:
    from columba_shared.settings import Settings

    from columba_consumers.cli.preview import Preview


@click.command()
@click.argument("kind", required=False)
@click.option("--to", "to", metavar="ADDRESS", help="Who would get it.")
@click.option("--target", metavar="NAME", default="email", show_default=True, help="By which way.")
@fact_options
@click.option("--name", metavar="TEXT", help="The recipient's name.")
@click.option("--locale", metavar="LOCALE", help="The recipient's locale, such as de.")
@click.option("--zone", metavar="ZONE", help="The recipient's time zone, such as Europe/Vienna.")
@click.option("--about", metavar="THING", help="A thing of the app's, such as invoice:42.")
@click.option("--html", "html_file", metavar="FILE", type=click.Path(path_type=Path), help="Write the HTML part here.")
@click.option("--open", "opened", is_flag=True, help="Show the HTML part in a browser.")
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
    zone: str | None,
    about: str | None,
    html_file: Path | None,
    opened: bool,
    logged: str | None,
    as_json: bool,
) -> None:
    """Show what an event of this KIND would say to one address, by the app's renderers and templates.

    Give KIND and --to, or --from-log with a delivery's id; with --locale or --zone that is told as somebody else would
    have it.
    """
    read = settings()
    if logged is not None:
        if kind or to:
            raise BadUsage("give --from-log, or KIND and --to, not both")
        _refuse(context=context, context_file=context_file, set=pairs, about=about, target=_given(target))
        event, recipient, delivery = _from_log(read, logged)
        others = {field: value for field, value in (("name", name), ("locale", locale), ("zone", zone)) if value}
        recipient = msgspec.structs.replace(recipient, **others)
    else:
        if kind is None or to is None:
            known = f": who would get {kind}, such as --to bob@example.org?" if kind else ""
            raise BadUsage(f"give KIND and --to, or --from-log with a delivery's id{known}")
        recipient = Recipient(address=to, name=name, locale=locale, zone=zone)
        given = dict(facts(context, context_file, pairs))
        event = _event(kind, target, recipient, context=given, about=about)
        require_targets(read, target)
        require_address(target, to, place="--to")
        require_sayable(read, event)
        delivery = delivery_id(event.id, target, to)
    made, why = _made(read, event, recipient, delivery)
    if html_file is not None or opened:
        _show_html(made.html if made else None, html_file, opened=opened)
    if as_json:
        print_json(made)
    if made is None:
        click.echo(f"Nothing: {why}.", err=as_json)
    elif not as_json:
        show_message(made)


def _refuse(**given: object) -> None:
    """Refuse what a delivery of the log has of its own, by the name of its option."""
    for option, value in given.items():
        if value:
            raise BadUsage(
                f"--{option.replace('_', '-')} goes with KIND and --to: --from-log renders what the log has; "
                "`columba amend` changes that"
            )


def _given(target: str) -> str | None:
    """Return the target if somebody has written it."""
    source = click.get_current_context().get_parameter_source("target")
    return target if source is click.core.ParameterSource.COMMANDLINE else None


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


def _made(read: "Settings", event: Event, recipient: Recipient, delivery: UUID) -> "tuple[Preview | None, str]":
    """Return the message, and why there would be none if there is none."""
    from columba_consumers.cli.preview import preview
    from columba_consumers.rendering.errors import Vanished, Vetoed

    try:
        made = asyncio.run(preview(read, event, recipient, delivery=delivery))
    except (Vanished, Vetoed) as ended:
        return None, str(ended)
    return made, f"the renderer of {event.kind} has nothing to say to {recipient.address}"


def _from_log(read: "Settings", beginning: str) -> tuple[Event, Recipient, UUID]:
    from columba_shared.log.engine import reading
    from columba_shared.log.reading import account

    with log_of(read) as engine, reading(engine) as connection:
        found = account(connection, the_id(connection, beginning, of="delivery"))
    if found is None:
        raise Failure(f"the delivery {beginning} has just been purged")
    return *logged_event(found), found.delivery.id


def _show_html(html: str | None, file: Path | None, *, opened: bool) -> None:
    """Write the HTML part, to a file of its own if none is given, and show it to whoever wants to see it."""
    option = "--open" if file is None else "--html"
    if html is None:
        raise Failure(f"{option}: the message has no HTML part")
    try:
        if file is None:
            # It has to outlive this command: the browser reads it when it likes.
            file = Path(tempfile.mkdtemp(prefix="columba-")) / "mail.html"
        file.write_text(html, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{option}: {file or 'a file'} cannot be written: {error.strerror}") from error
    if opened and not webbrowser.open(file.resolve().as_uri()):
        raise Failure(f"--open: there is no browser to be found here; the HTML part is in {file}")
