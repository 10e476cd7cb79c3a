"""What is dead goes again, unless it was delivered meanwhile, is not wanted, or is worth nothing any more."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from columba_shared.log import remembrance
from columba_shared.log.audit import Author, Deed
from columba_shared.log.deciding import choose
from columba_shared.log.foresight import Staying, Stays, foresee
from columba_shared.log.moderated import Done, Left, Meant, Why
from columba_shared.log.reopening import ONLY_DEAD, reopen
from columba_shared.log.stored import StoredDelivery
from columba_shared.state import CLAIMABLE, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Which deliveries go again, as they then stand, and which do not."""

    going: Sequence[StoredDelivery]
    staying: Sequence[Staying]


def go_again(
    connection: Connection,
    meant: Sequence[Meant],
    author: Author,
    *,
    states: AbstractSet[State],
    what: Deed,
    now: datetime,
) -> Again:
    """Make go again what is still in one of the states, wanted and worth it; ``remembrance.begin`` came before."""
    foreseen = foresee(connection, meant, states=states, now=now, locked=True)
    going = reopen(connection, foreseen.going, now=now, states=states, author=author, what=what)
    return Again(going=going, staying=foreseen.staying)


def retry(connection: Connection, meant: Sequence[Meant], author: Author, *, now: datetime) -> Done:
    """Make what is dead go again, by the judgement of a replay, and say of each other why it stays.

    Of what was looked at, what has died anew since is another matter.
    """
    remembrance.begin(connection)
    chosen = choose(connection, meant, allowed=ONLY_DEAD, already=CLAIMABLE, judge=_untried)
    dead = set(chosen.ids)
    still = [each for each in meant if each.delivery_id in dead]
    again = go_again(connection, still, author, states=ONLY_DEAD, what=Deed.RETRIED, now=now)
    left = [
        Left(delivery_id=each.delivery_id, why=_WHY[each.why], state=State.DEAD, words=each.words)
        for each in again.staying
    ]
    return Done(done=[each.id for each in again.going], left=[*chosen.left, *left], going=again.going)


def _untried(row: Row[Any], each: Meant) -> Why | None:
    return None if each.is_untried(row.claim) else Why.CHANGED


_WHY: Final[Mapping[Stays, Why]] = {
    Stays.DELIVERED: Why.DELIVERED,
    Stays.SUPPRESSED: Why.UNWANTED,
    Stays.EXPIRED: Why.EXPIRED,
    Stays.REPLACED: Why.REPLACED,
    Stays.BRAKED: Why.BRAKE_ON,
    Stays.CHANGED: Why.CHANGED,
    Stays.FORGOTTEN: Why.FORGOTTEN,
    Stays.OTHERWISE: Why.OVER,
    Stays.PURGED: Why.UNKNOWN,
}
