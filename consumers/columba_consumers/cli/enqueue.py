"""`columba enqueue`: publish one event from a shell."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import click
from columba_shared.attachment import Attachment
from columba_shared.errors import InvalidEvent
from columba_shared.event import Lane

from columba_consumers.cli.arguments import as_json, duration, fallback, moment
from columba_consumers.cli.facts import fact_options, facts
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.opening import settings
from columba_consumers.cli.screen import print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from columba_producer import Digest, Fallback

_FROM_OPTIONS: Final = {"kind": "KIND"}
_RECIPIENT: Final = re.compile(r"to\[(\d+)\]")


def attached(given: str) -> Attachment:
    """Return the file as one that goes with an event; whether it can be read is seen when it is published."""
    return Attachment(name=Path(given).name, content=Path(given))


def digest(given: str) -> "Digest":
    """Take a duration or a time of the day; that these are right is seen when it is published."""
    from columba_producer import Digest

    return Digest(at=given) if ":" in given else Digest(window=duration(given))


@click.command()
@click.argument("kind")
@click.option("--to", "to", metavar="ADDRESS", multiple=True, help="Whom to tell; may be repeated.")
@click.option(
    "--user", "users", metavar="ID", multiple=True, help="Tell this user of the address book; may be repeated."
)
@click.option(
    "--audience", metavar="NAME", help="Tell this audience of the app instead, as it is when the event is due."
)
@click.option(
    "--target", "targets", metavar="NAME", multiple=True, help="By which way; may be repeated. Default: email."
)
@click.option(
    "--fallback",
    "fallback",
    type=fallback,
    callback=lambda _, __, given: _fallbacks(given),
    metavar="NAME=DURATION",
    multiple=True,
    help="By which way to tell a --user or --audience whom the one before has not reached so long after it was due: "
    "sms=5m; may be repeated.",
)
@fact_options
@click.option(
    "--attach", "attachments", metavar="FILE", multiple=True, type=attached, help="A file to go with it; repeatable."
)
@click.option("--about", metavar="THING", help="A thing of the app's, such as invoice:42, looked up at delivery.")
@click.option("--defer-for", type=duration, metavar="DURATION", help="Not before 90s, 10m, 2h, 3d have passed.")
@click.option("--at", type=moment, metavar="TIME", help="Not before this ISO time, zone included.")
@click.option("--lane", type=click.Choice([lane.value for lane in Lane]), default="normal", show_default=True)
@click.option("--expires", type=duration, metavar="DURATION", help="Worthless so long after it is due.")
@click.option("--key", metavar="KEY", help="Replaces what waits under the same key of this kind.")
@click.option("--max-wait", type=duration, metavar="DURATION", help="How long a key may put it off, at most.")
@click.option(
    "--digest",
    type=digest,
    metavar="WHEN",
    help="Tell it together with others of its kind: 10m after the first, or at 08:00, or mon 08:00.",
)
@click.option("--hold", is_flag=True, help="Keep it until somebody approves or cancels it.")
@click.option("--auto", type=click.Choice(["approve", "cancel"]), help="What to do when it is due and still held.")
@click.option("--four-eyes", is_flag=True, help="Let nobody approve it who published it.")
@click.option("--by", metavar="NAME", help="Who caused it.")
@click.option("--category", metavar="NAME", help="What people can opt out of. Default: the kind's first word.")
@click.option("--idempotency-key", metavar="KEY", help="The same key twice is one event.")
@as_json
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    kind: str,
    to: tuple[str, ...],
    users: tuple[str, ...],
    audience: str | None,
    targets: tuple[str, ...],
    context: str | None,
    context_file: IO[str] | None,
    pairs: tuple[str, ...],
    defer_for: timedelta | None,
    at: datetime | None,
    lane: str,
    expires: timedelta | None,
    as_json: bool,
    **window: Any,  # noqa: ANN401 - what else the producer takes, as click read it
) -> None:
    """Publish one event of this KIND, such as invoice.ready, and print its id.

    With the embedded broker the event goes to the outbox in the database, where `columba up` finds it.
    """
    from columba_producer import Producer, User

    settings()
    with Producer.from_env() as producer:
        try:
            event_id = producer.enqueue(
                kind,
                to=[*to, *(User(each) for each in users)] or None,
                audience=audience,
                target=targets or "email",
                context=facts(context, context_file, pairs),
                defer_for=defer_for,
                at=at,
                lane=lane,
                expires=expires,
                **window,
            )
        except InvalidEvent as error:
            raise BadUsage(f"{_option(error.field, len(to))}: {error.problem}") from error
    if as_json:
        ways = (*(targets or ("email",)), *(each.target for each in window["fallback"]))
        whom = {"to": to, "users": users, "audience": audience}
        print_json({"event_id": event_id, "kind": kind, "targets": ways} | whom)
    else:
        click.echo(event_id)


def _fallbacks(given: "Iterable[tuple[str, timedelta]]") -> "list[Fallback]":
    from columba_producer import Fallback

    return [Fallback(target, after=after) for target, after in given]


def _option(field: str, addresses: int) -> str:
    """Return the option that an argument of the producer came from; users stand behind the addresses."""
    if field.startswith("attachments"):
        return "--attach"
    if found := _RECIPIENT.match(field):
        return "--to" if int(found[1]) < addresses else "--user"
    return _FROM_OPTIONS.get(field, f"--{field.replace('_', '-')}")
