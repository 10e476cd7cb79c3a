"""What a surge has held back: a person believes it, or dismisses it and what was believed just before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from columba_shared.log import addresses, bounces, suppressions
from columba_shared.log import surge as surges
from columba_shared.log.addresses import Entry
from columba_shared.log.audit import Author
from columba_shared.log.bounce import Bounce, Effect, Finding, Reported, Terms, walk
from columba_shared.log.engine import reading
from columba_shared.log.held_back import Held, HeldBack, held_back
from columba_shared.log.suppression_list import SuppressionList
from columba_shared.log.suppressions import Source
from columba_shared.log.surge import Surge
from columba_shared.log.tables import audit
from columba_shared.log.transacting import transact
from columba_shared.log.writer import Writer
from sqlalchemy import Connection, Engine, event, select

from tests.contract.log.entries import LATER
from tests.contract.log.sent import sent_to

CAROL = Author(who="carol", why="their server was broken")
MOST = 24
"""Instead of a hundred, so that it takes less time."""
SOME = MOST + 5
FIRST = "r0@example.org"


@pytest.fixture(autouse=True)
def surge(log: Engine, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody at a domain is said to be dead; one of them is in somebody's book."""
    monkeypatch.setattr(surges, "MOST", MOST)
    with log.begin() as connection:
        addresses.add(connection, Entry(user_id="42", target="email", address=FIRST), now=LATER)
    dead(log, sent_to(log, writer, [f"r{each}@example.org" for each in range(SOME)]))


def dead(
    log: Engine,
    ids: Sequence[UUID],
    *,
    finding: Finding = Finding.HARD,
    at: datetime = LATER,
    said: str = "550 5.1.1",
) -> None:
    told = [Reported(delivery_id=each, finding=finding, said=said, reporter="mx") for each in ids]
    transact(log, lambda connection: bounces.take_in(connection, told, Terms(), Surge(), now=at))


def listed(log: Engine) -> set[str]:
    with reading(log) as connection:
        return {each.address for each in suppressions.listed(connection, limit=1000)}


def waiting(log: Engine) -> list[Held]:
    with reading(log) as connection:
        return held_back(connection)


def deeds(log: Engine) -> list[str]:
    with reading(log) as connection:
        return list(connection.scalars(select(audit.c.what).where(audit.c.who == "carol").order_by(audit.c.id)))


def test_it_is_told_by_domain(log: Engine) -> None:
    [held] = waiting(log)
    assert (held.domain, held.number, held.said) == ("example.org", SOME - MOST, "550 5.1.1")


def test_what_is_believed_is_suppressed(log: Engine) -> None:
    assert HeldBack(log).believe("Example.ORG", CAROL) == SOME - MOST
    assert (len(listed(log)), waiting(log), deeds(log)) == (SOME, [], ["bounces believed"])


def test_what_is_dismissed_takes_back_what_was_believed_before(log: Engine) -> None:
    assert HeldBack(log).dismiss("example.org", CAROL, lambda _: None) == (SOME - MOST, MOST)
    assert (listed(log), waiting(log), deeds(log)[-1]) == (set(), [], "bounces dismissed")
    with reading(log) as connection:
        assert {each.effect for each in walk(connection, after=None, limit=1000)} == {Effect.DISMISSED}
        [entry] = addresses.listed(connection, user="42", limit=10)
    assert (entry.active, entry.reason) == (True, None)


def test_an_address_that_soft_bounces_had_suppressed_is_taken_back_too(log: Engine, writer: Writer) -> None:
    HeldBack(log).dismiss(None, CAROL, lambda _: None)
    full, later = "full@example.org", LATER + timedelta(hours=3)
    with log.begin() as connection:
        addresses.add(connection, Entry(user_id="43", target="email", address=full), now=LATER)
    dead(
        log, sent_to(log, writer, [full] * 5), finding=Finding.SOFT, at=later - timedelta(minutes=30), said="552 5.2.2"
    )
    assert listed(log) == {full}
    dead(log, sent_to(log, writer, [f"r{each}@example.org" for each in range(SOME)]), at=later)
    assert HeldBack(log).dismiss("example.org", CAROL, lambda _: None) == (SOME - MOST + 1, MOST)
    assert listed(log) == set()
    with reading(log) as connection:
        [entry] = addresses.listed(connection, user="43", limit=10)
    assert entry.active


def test_a_complaint_of_that_hour_stays(log: Engine, writer: Writer) -> None:
    dead(log, sent_to(log, writer, ["ann@example.org"]), finding=Finding.COMPLAINT)
    HeldBack(log).dismiss("example.org", CAROL, lambda _: None)
    assert listed(log) == {"ann@example.org"}


@pytest.mark.parametrize("page", [7, 200])
def test_very_many_are_taken_back_page_by_page(log: Engine, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("columba_shared.log.held_back._CHUNK", page)
    commits: list[Connection] = []

    def note(connection: Connection) -> None:
        commits.append(connection)

    event.listen(log, "commit", note)
    assert HeldBack(log).dismiss("example.org", CAROL, lambda _: None) == (SOME - MOST, MOST)
    event.remove(log, "commit", note)
    assert listed(log) == set()
    assert len(commits) <= 10 + 4 * (MOST // page + 1)


def test_what_a_person_had_entered_stays(log: Engine) -> None:
    SuppressionList(log).suppress(FIRST, target="email", source=Source.OPERATOR, author=CAROL)
    HeldBack(log).dismiss(None, CAROL, lambda _: None)
    assert listed(log) == {FIRST}


@pytest.mark.parametrize("where", ["example.com", "xample.org"])
def test_another_domain_is_left_alone(log: Engine, where: str) -> None:
    assert HeldBack(log).believe(where, CAROL) == 0
    assert HeldBack(log).dismiss(where, CAROL, lambda _: None) == (0, 0)
    assert (len(waiting(log)), deeds(log)) == (1, [])


def test_it_is_walked_through_page_by_page(log: Engine) -> None:
    found: list[Bounce] = []
    with reading(log) as connection:
        while page := walk(connection, after=found[-1] if found else None, limit=20):
            found += page
    assert len({each.delivery_id for each in found}) == len(found) == SOME
