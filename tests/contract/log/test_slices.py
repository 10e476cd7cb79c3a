"""Slices of a group: recorded only under its claim, and only with what the event says by now."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest
from columba_shared.identity import event_id
from columba_shared.log import amending, slices
from columba_shared.log.amending import Place
from columba_shared.log.audit import Author
from columba_shared.log.entries import Claim, DeliveryEntry
from columba_shared.log.slices import Slice, Under
from columba_shared.log.tables import delivery
from columba_shared.log.writer import Writer
from sqlalchemy import Engine, select

from tests.contract.log.entries import LATER, delivery_of, recorded
from tests.contract.log.filling import send
from tests.contract.log.stored import count

CAROL = Author(who="carol")


@pytest.fixture
def claim(log: Engine) -> Claim:
    """The claim of an audience that is being expanded."""
    (claim,) = send(log, replace(delivery_of(), address="audience:subscribers"))
    return claim


def member(claim: Claim) -> DeliveryEntry:
    return replace(claim.delivery, id=event_id(), address="eve@example.org")


def slice_of(log: Engine, writer: Writer, claim: Claim) -> Under:
    with log.begin() as connection:
        part = Slice(
            group=claim.delivery.id,
            lease=claim.lease,
            revision=claim.revision,
            event=recorded(claim.delivery.event),
            deliveries=[member(claim)],
        )
        return slices.record(connection, writer, part)


def test_a_slice_is_recorded_under_its_groups_claim(log: Engine, writer: Writer, claim: Claim) -> None:
    assert slice_of(log, writer, claim) is Under.CLAIM
    assert count(log, delivery) == 2


def test_nobody_more_is_told_what_was_amended_meanwhile(log: Engine, writer: Writer, claim: Claim) -> None:
    slice_of(log, writer, claim)
    place = Place(event_id=claim.delivery.event.id, target="email")
    with log.begin() as connection:
        assert amending.amend_context(connection, place, {"price": 2}, CAROL, now=LATER).changed == 1
    assert slice_of(log, writer, claim) is Under.OLDER_TEXT
    assert count(log, delivery) == 2


def test_a_slice_holds_no_delivery_while_it_waits_for_its_event(
    log: Engine, writer: Writer, claim: Claim, database: str
) -> None:
    """Else it and whoever amends the event, and then its deliveries, would wait for each other."""
    if database == "sqlite":
        pytest.skip("has one writer at a time")
    place = Place(event_id=claim.delivery.event.id, target="email")
    with ThreadPoolExecutor(1) as pool:
        with log.begin() as amended:
            assert amending.kept_event(amended, place) is not None
            slicing = pool.submit(slice_of, log, writer, claim)
            wait([slicing], timeout=0.5)
            group = select(delivery.c.id).where(delivery.c.id == claim.delivery.id)
            assert amended.scalar(group.with_for_update(nowait=True))
        assert slicing.result(timeout=30) is Under.CLAIM
