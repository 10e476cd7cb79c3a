"""`columba reopen`: an event that is over goes to newcomers, and to nobody twice."""

import asyncio
from typing import TYPE_CHECKING

import click
from columba_shared.clock import utc_now
from columba_shared.event import GROUP_PREFIXES, MAX_ADDRESS_LENGTH, Recipient

from columba_consumers.cli.arguments import id_prefix
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.opening import log_of, publisher_of, settings
from columba_consumers.cli.selecting import the_id
from columba_consumers.cli.targets import require_address, require_targets
from columba_consumers.cli.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from columba_shared.log.stored import StoredDelivery
    from columba_shared.settings import Settings
    from sqlalchemy import Engine


@click.command()
@click.argument("event", type=id_prefix)
@click.option("--to", "addresses", multiple=True, metavar="ADDRESS", help="Add this one alone; may be repeated.")
@click.option("--target", default="email", metavar="TARGET", help="On which target. Default: email.")
@author_options
def command(*, event: str, addresses: tuple[str, ...], target: str, author: Authorship) -> None:
    """Let an event that is over reach newcomers: its audience or users are asked again, or those named are added.

    Whoever has a delivery of it gets no second one. An event that was purged from the log cannot be reopened.
    """
    from columba_shared.log.amending import Place
    from columba_shared.log.newcomers import reopen_for
    from columba_shared.log.transacting import transact
    from columba_shared.log.writer import writer_for

    named = [_recipient(target, address) for address in addresses]
    read = settings()
    require_targets(read, target)
    with log_of(read) as engine:
        place = Place(event_id=_event(engine, event), target=target)
        by, writer = author(read), writer_for(engine)
        done = transact(engine, lambda connection: reopen_for(connection, writer, place, named, by, now=utc_now()))
        if done is None:
            raise Failure(f"the log has no event {place.event_id} on {target}: what was purged cannot be reopened")
        _publish(read, engine, done.going)
    if named:
        click.echo(f"{done.added:,} added, {done.already:,} had one already.")
    elif done.asked:
        asked = counted(done.asked, "audience or user", "audiences and users")
        click.echo(f"{asked} asked again: newcomers get a delivery, nobody else.")
    else:
        raise Failure("nothing of it is an audience or a user that was expanded: name newcomers with --to")


def _event(engine: "Engine", beginning: str) -> "UUID":
    from columba_shared.log.engine import reading

    with reading(engine) as connection:
        return the_id(connection, beginning, of="event")


def _recipient(target: str, address: str) -> Recipient:
    if not 0 < len(address) <= MAX_ADDRESS_LENGTH or not address.isprintable() or address.startswith(GROUP_PREFIXES):
        raise BadUsage(f"--to: {address!r:.60} is not an address")
    require_address(target, address, place="--to")
    return Recipient(address=address)


def _publish(read: "Settings", engine: "Engine", going: "Sequence[StoredDelivery]") -> None:
    """Publish where there is a broker; what cannot be published the reconciler finds."""
    from columba_consumers.copies.dispatch import ThroughPublisher
    from columba_consumers.copies.following import Following

    if read.embedded or not going:
        return
    with publisher_of(read) as publisher:
        following = Following(engine=engine, dispatch=ThroughPublisher(publisher=publisher))
        asyncio.run(following.publish(going))
