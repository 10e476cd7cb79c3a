"""What tells those that are gathered: the deliveries of their digests."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import Connection, func, select

from columba_shared.log.records import DELIVERY_COLUMNS, DeliveryRecord, delivery_record
from columba_shared.log.tables import delivery
from columba_shared.state import State

Digests = Mapping[UUID, DeliveryRecord]
"""By the delivery that is gathered, the digest's to the same address."""


def digests_of(connection: Connection, members: Iterable[DeliveryRecord]) -> Digests:
    """Return what tells each of these; a digest that has been purged, or went elsewhere by now, is left out."""
    gathered = {each.id: each for each in members if each.state is State.GATHERED}
    wanted = sorted({each.digest_id for each in gathered.values() if each.digest_id is not None})
    if not wanted:
        return {}
    query = select(*DELIVERY_COLUMNS).where(delivery.c.event_id.in_(wanted))
    own = {(row.event_id, row.target, row.address): delivery_record(row) for row in connection.execute(query)}
    found = {key: own.get((each.digest_id, each.target, each.address)) for key, each in gathered.items()}
    return {key: each for key, each in found.items() if each is not None}


def told_by(connection: Connection, digest: DeliveryRecord) -> int:
    """Return how many events a digest tells, or told."""
    mine = (delivery.c.digest_id == digest.event_id, delivery.c.state == State.GATHERED.value)
    return connection.scalar(select(func.count()).where(*mine, delivery.c.target == digest.target)) or 0
