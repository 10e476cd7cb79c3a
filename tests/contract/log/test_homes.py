"""Where the address book has users live is where clocks say when their digests are due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from columba_shared.digest import DigestTerms
from columba_shared.event import Recipient
from columba_shared.log import addresses
from columba_shared.log.addresses import Entry
from columba_shared.log.gathering import Gathering, gather
from columba_shared.log.tables import delivery
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine, select

from tests.contract.log.entries import NOW, delivery_of, event_of, recorded

ELSEWHERE = {"Asia/Tokyo": 9, "America/Lima": -5}


def entry(user: str, address: str, zone: str | None = None, *, active: bool = True) -> Entry:
    return Entry(user_id=user, target="email", address=address, zone=zone, active=active)


BOOK = [
    entry("tokyo", "b@example.org"),
    entry("tokyo", "c@example.org", "Asia/Tokyo"),
    entry("tokyo", "d@example.org", "America/Lima"),
    entry("nowhere", "n@example.org"),
    entry("moved", "a@example.org", "Asia/Tokyo", active=False),
    entry("moved", "z@example.org", "America/Lima"),
    entry("away", "user:tokyo", "America/Lima"),
]


def due_in(zone: str) -> datetime:
    """Return 08:00 of the next day there."""
    return datetime(2030, 1, 1, 8, tzinfo=timezone(timedelta(hours=ELSEWHERE[zone]))).astimezone(UTC)


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ("user:tokyo", "Asia/Tokyo"),
        ("user:moved", "America/Lima"),
        ("user:away", "Asia/Tokyo"),
        ("user:nowhere", None),
        ("user:unheard-of", None),
        ("c@example.org", None),
    ],
)
def test_a_users_digest_is_due_by_the_clocks_of_the_first_address_in_use_that_has_a_zone(
    log: Engine, address: str, zone: str | None
) -> None:
    with log.begin() as connection:
        for each in BOOK:
            addresses.add(connection, each, now=NOW)
    event = event_of(to=(Recipient(address=address),), digest=DigestTerms(at="08:00"), created_at=NOW)
    usual = NOW + timedelta(hours=3)
    given = replace(delivery_of(event, address=address), due_at=usual)
    step = Gathering(event=recorded(event), deliveries=[given], at=NOW, woken=True, due_in=due_in)
    with log.begin() as connection:
        gather(connection, writer_for(log), [step])
        query = select(delivery.c.state, delivery.c.due_at).order_by(delivery.c.state)
        found = {row.state: row.due_at for row in connection.execute(query)}
    due = usual if zone is None else due_in(zone)
    assert found == {State.GATHERED: due, State.SCHEDULED: due}
