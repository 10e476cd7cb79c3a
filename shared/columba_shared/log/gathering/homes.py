"""Where the users live whom digests are for: clocks there say when one is due."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection

from columba_shared.event import USER_PREFIX
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.resolving import Resolved, resolve

DueIn: TypeAlias = Callable[[str], datetime]
"""When a digest is due that an event opens, by the clocks of a zone."""


def at_home(connection: Connection, entries: Sequence[DeliveryEntry], due_in: DueIn) -> Sequence[DeliveryEntry]:
    """Return these deliveries of an event, those to users due by the clocks where the address book has them live.

    Those count whose addresses would be told now, deputies included, and of several the first that has a zone.
    """
    users = {each.address: each.address.removeprefix(USER_PREFIX) for each in entries if _is_user(each)}
    if not users:
        return entries
    known = resolve(connection, list(users.values()), entries[0].event.target)
    zones = {address: _zone(known[user]) for address, user in users.items()}
    return [replace(each, due_at=due_in(zone)) if (zone := zones.get(each.address)) else each for each in entries]


def _is_user(entry: DeliveryEntry) -> bool:
    return entry.address.startswith(USER_PREFIX)


def _zone(resolved: Resolved) -> str | None:
    return next((each.zone for each in resolved.recipients if each.zone), None)
