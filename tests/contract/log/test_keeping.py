"""Keeping messages as they were sent: exactly, once, and for no longer than their deliveries."""

from dataclasses import replace

import pytest
from columba_shared.log.audit import Author
from columba_shared.log.entries import Claim
from columba_shared.log.forgetting import bury, erase
from columba_shared.log.keeping import MOST_OCTETS, Kept, keep, kept
from columba_shared.log.person import Person
from columba_shared.log.purging import Purge
from columba_shared.log.tables import message
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, attempt_of, deliveries, delivery_of, settlement_of
from tests.contract.log.filling import conclude
from tests.contract.log.purged import SOON, gone
from tests.contract.log.stored import count

SENT = "From: a\r\n\r\nGrüße\r\n".encode() + bytes(range(256))


def keep_of(log: Engine, claim: Claim, content: bytes, *, number: int = 1) -> None:
    attempt = attempt_of(claim.delivery.id, claim=number, finished_at=LATER)
    with log.begin() as connection:
        keep(connection, [settlement_of(claim, attempt=attempt, message=content)])


def kept_of(log: Engine, claim: Claim) -> Kept | None:
    with log.connect() as connection:
        return kept(connection, claim.delivery.id)


def test_it_is_kept_to_the_octet_and_with_its_moment(log: Engine) -> None:
    (claim,) = conclude(log, delivery_of(), at=LATER)
    keep_of(log, claim, SENT)
    assert kept_of(log, claim) == Kept(content=SENT, at=LATER)


def test_keeping_it_again_changes_nothing(log: Engine) -> None:
    (claim,) = conclude(log, delivery_of(), at=LATER)
    keep_of(log, claim, SENT)
    keep_of(log, claim, b"something else")
    assert kept_of(log, claim) == Kept(content=SENT, at=LATER)


@pytest.mark.parametrize(("octets", "stays"), [(MOST_OCTETS, True), (MOST_OCTETS + 1, False)])
def test_what_is_very_large_is_not_kept(log: Engine, octets: int, *, stays: bool) -> None:
    (claim,) = conclude(log, delivery_of(), at=LATER)
    keep_of(log, claim, bytes(octets))
    assert (kept_of(log, claim) is not None) is stays


def test_what_was_not_kept_is_not_there(log: Engine) -> None:
    (claim,) = conclude(log, delivery_of())
    assert kept_of(log, claim) is None


def test_a_purge_takes_it_with_its_delivery(log: Engine) -> None:
    old, young = deliveries(2)
    (over,), (stays,) = conclude(log, old, at=NOW), conclude(log, young, at=LATER)
    for claim in (over, stays):
        keep_of(log, claim, SENT)
    gone(log, Purge(before=SOON))
    assert (kept_of(log, over), kept_of(log, stays)) == (None, Kept(content=SENT, at=LATER))


def test_who_is_forgotten_leaves_none(log: Engine) -> None:
    bob = Person(addresses=("bob@example.org",))
    (claim,) = conclude(log, replace(delivery_of(), address="bob@example.org"))
    keep_of(log, claim, b"To: bob@example.org")
    with log.begin() as connection:
        bury(connection, bob, Author(who="carol"), now=LATER)
    *_, done = erase(log, bob, now=LATER)
    assert (done.messages, count(log, message)) == (1, 0)
