"""A server that says of everybody that nobody is there empties no address book; one that says so of few is believed."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from columba_shared.log import bounces, suppressions
from columba_shared.log import surge as surges
from columba_shared.log.bounce import Bounce, Effect, Finding, Reported, Terms
from columba_shared.log.engine import reading
from columba_shared.log.held_back import held_back
from columba_shared.log.surge import Surge
from columba_shared.log.transacting import transact
from columba_shared.log.writer import Writer
from sqlalchemy import Engine

from tests.contract.log.entries import LATER
from tests.contract.log.sent import sent_to

BACK = LATER + timedelta(minutes=1)
MOST = 24
"""Instead of a hundred, so that it takes less time."""
SOME = MOST + 12


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surges, "MOST", MOST)


def sent(
    log: Engine, writer: Writer, number: int, domain: str = "example.org", *, address: str | None = None
) -> list[UUID]:
    return sent_to(log, writer, [address or f"r{each}@{domain}" for each in range(number)])


def dead(
    log: Engine,
    ids: Sequence[UUID],
    *,
    surge: Surge | None = None,
    after: timedelta = timedelta(0),
    finding: Finding = Finding.HARD,
) -> list[Bounce]:
    told = [Reported(delivery_id=each, finding=finding, said="550 5.1.1", reporter="mx") for each in ids]
    watch = surge or Surge()
    return transact(log, lambda connection: bounces.take_in(connection, told, Terms(), watch, now=BACK + after))


def effects(found: Sequence[Bounce]) -> Counter[Effect]:
    return Counter(each.effect for each in found)


def listed(log: Engine) -> int:
    with reading(log) as connection:
        return len(suppressions.listed(connection, limit=1000))


def test_of_a_domain_where_everybody_is_dead_only_so_many_are_suppressed(log: Engine, writer: Writer) -> None:
    found = dead(log, sent(log, writer, SOME))
    assert effects(found) == {Effect.SUPPRESSED: MOST, Effect.HELD_BACK: SOME - MOST}
    assert listed(log) == MOST


def test_one_by_one_or_by_several_processes_it_is_the_same(log: Engine, writer: Writer) -> None:
    ids = sent(log, writer, SOME)
    found = [each for start in range(0, SOME, 10) for each in dead(log, ids[start : start + 10])]
    assert effects(found) == {Effect.SUPPRESSED: MOST, Effect.HELD_BACK: SOME - MOST}


def test_where_most_arrives_as_many_as_are_dead_are_suppressed(log: Engine, writer: Writer) -> None:
    ids = sent(log, writer, 5 * SOME)
    assert effects(dead(log, ids[:SOME])) == {Effect.SUPPRESSED: SOME}


def test_at_all_domains_together_there_are_only_so_many_either(log: Engine, writer: Writer) -> None:
    ids = [each for number in range(6) for each in sent(log, writer, SOME // 6, f"d{number}.example")]
    assert effects(dead(log, ids)) == {Effect.SUPPRESSED: MOST, Effect.HELD_BACK: SOME - MOST}


def test_what_is_dead_elsewhere_holds_nobody_back_where_most_arrives(log: Engine, writer: Writer) -> None:
    fine = sent(log, writer, 6 * SOME, "fine.example")
    dead(log, sent(log, writer, SOME, "broken.example"))
    assert effects(dead(log, fine[:30])) == {Effect.SUPPRESSED: 30}


def test_an_hour_later_it_is_believed_again(log: Engine, writer: Writer) -> None:
    ids = sent(log, writer, SOME + 10)
    dead(log, ids[:SOME])
    assert effects(dead(log, ids[SOME:], after=timedelta(minutes=59))) == {Effect.HELD_BACK: 10}
    again = sent(log, writer, 10)
    assert effects(dead(log, again, after=timedelta(hours=2))) == {Effect.SUPPRESSED: 10}


def test_a_complaint_is_never_held_back(log: Engine, writer: Writer) -> None:
    ids = sent(log, writer, SOME + 1)
    dead(log, ids[:SOME])
    told = [Reported(delivery_id=ids[SOME], finding=Finding.COMPLAINT, said="abuse", reporter="mx")]
    [made] = transact(log, lambda connection: bounces.take_in(connection, told, Terms(), Surge(), now=BACK))
    assert made.effect is Effect.SUPPRESSED


def test_what_was_found_fine_is_not_counted_again_for_a_moment(log: Engine, writer: Writer) -> None:
    ids = sent(log, writer, 5 * SOME)
    surge = Surge()
    dead(log, ids[:SOME], surge=surge)
    assert surge.found(("email", "example.org")) is False
    assert effects(dead(log, ids[SOME : SOME + 5], surge=surge)) == {Effect.SUPPRESSED: 5}


@pytest.mark.parametrize("number", [1, MOST])
def test_few_are_believed_whatever_their_share(log: Engine, writer: Writer, number: int) -> None:
    assert effects(dead(log, sent(log, writer, number))) == {Effect.SUPPRESSED: number}


def mailed(log: Engine, writer: Writer, address: str, number: int) -> list[UUID]:
    """Send so many mails to one address."""
    return sent(log, writer, number, address=address)


def test_however_many_mails_of_one_address_come_back_it_is_one(log: Engine, writer: Writer) -> None:
    found = dead(log, mailed(log, writer, "ann@example.org", SOME))
    assert effects(found) == {Effect.SUPPRESSED: SOME}
    others = sent(log, writer, MOST)
    assert effects(dead(log, others[:-1])) == {Effect.SUPPRESSED: MOST - 1}
    assert effects(dead(log, others[-1:])) == {Effect.HELD_BACK: 1}


def test_soft_bounces_that_led_to_something_count_as_one_address(log: Engine, writer: Writer) -> None:
    soft = [mailed(log, writer, f"full{number}@example.org", 5) for number in range(10)]
    found = [each for ids in soft for each in dead(log, ids, finding=Finding.SOFT)]
    assert effects(found) == {Effect.COUNTED: 10 * 4, Effect.SUPPRESSED: 10}


def test_what_was_sent_counts_by_address_as_well(log: Engine, writer: Writer) -> None:
    for _ in range(5):
        ids = sent(log, writer, SOME)
    assert effects(dead(log, ids)) == {Effect.SUPPRESSED: MOST, Effect.HELD_BACK: SOME - MOST}


def test_of_an_address_that_is_held_back_another_mail_is_held_back_too(log: Engine, writer: Writer) -> None:
    first, second = sent(log, writer, SOME), sent(log, writer, SOME)
    assert effects(dead(log, first)) == effects(dead(log, second))
    with reading(log) as connection:
        assert [each.number for each in held_back(connection)] == [SOME - MOST]


def test_what_was_found_too_much_is_not_looked_for_again_for_a_moment(log: Engine, writer: Writer) -> None:
    ids = sent(log, writer, 6 * SOME)
    now = [0.0]
    surge = Surge(monotonic=lambda: now[0])
    surge.remember(("email", ""), too_much=True)
    dead(log, ids[:MOST], surge=surge)
    assert effects(dead(log, ids[MOST : MOST + 5], surge=surge)) == {Effect.HELD_BACK: 5}
    now[0] = 11.0
    elsewhere = sent(log, writer, 5, "fine.example")
    assert effects(dead(log, elsewhere, surge=surge)) == {Effect.SUPPRESSED: 5}
