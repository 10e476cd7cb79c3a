"""A delivery's message as it was looked at: rendered again, so that it can be frozen exactly so."""

from typing import TYPE_CHECKING, Final

from columba_shared.state import State

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.logged import logged_event
from columba_consumers.cli.making import making

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from columba_shared.log.moderated import Exact, Meant
    from columba_shared.log.records import Account
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

    from columba_consumers.cli.meaning import Found

MOST_KEPT_MIB: Final = 12
"""MariaDB takes 16 in one statement, unless somebody has raised that."""
_MIB: Final = 1024 * 1024


async def as_looked_at(
    read: "Settings", engine: "Engine", found: "Found", digest: str
) -> "tuple[Sequence[Meant], Mapping[UUID, Exact]]":
    """Return the one delivery meant, with the digest that was looked at, and its message as it reads now."""
    from dataclasses import replace

    meant = list(found.meant)
    if len(meant) != 1:
        raise Failure(f"--message goes with one delivery; this names {len(meant)}")
    (only,) = meant
    exact = await exact_message(read, engine, only.delivery_id)
    return [replace(only, digest=digest)], {only.delivery_id: exact}


async def exact_message(read: "Settings", engine: "Engine", delivery_id: "UUID") -> "Exact":
    """Return a delivery's message as it would go out now; raises Failure when there is none."""
    from columba_consumers.delivery.frozen import exact

    account, kept = account_of(engine, delivery_id)
    event, recipient = logged_event(account)
    async with making(read, (event.target,), log=engine) as made:
        message = await made.content(event, recipient, frozen=kept)
    if message is None:
        raise Failure("the renderer has nothing to say to this one: there is no message to freeze")
    found = exact(message)
    if len(found.content) > MOST_KEPT_MIB * _MIB:
        size = -(-len(found.content) // _MIB)
        raise Failure(
            f"the message is {size} MiB with what is attached: at most {MOST_KEPT_MIB} are kept word for word"
        )
    return found


def account_of(engine: "Engine", delivery_id: "UUID") -> "tuple[Account, bytes | None]":
    """Return what the log knows of a delivery, and its frozen message if it has one; raises Failure."""
    from columba_shared.log.engine import reading
    from columba_shared.log.freezing import frozen_message
    from columba_shared.log.reading import account

    with reading(engine) as connection:
        found = account(connection, delivery_id)
        if found is None:
            raise Failure("the delivery has just been purged")
        kept = frozen_message(connection, delivery_id) if found.delivery.state is not State.SENT else None
    return found, None if kept is None else kept.exact.content
