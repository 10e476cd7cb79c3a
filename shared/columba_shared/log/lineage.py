"""Lineages: for people who ask about a delivery of a chain, what became of it by every target of that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from columba_shared.event import GROUP_PREFIXES, Step
from columba_shared.log.reaching import reached
from columba_shared.log.records import Account
from columba_shared.log.relatives import Relative, chain_in, relatives, subjects
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What became of it by one target; without an id that target has nothing on record for this person yet."""

    target: str
    delivery_id: UUID | None = None
    address: str | None = None
    state: State | None = None
    reason: str | None = None
    due_at: datetime | None = None
    updated_at: datetime | None = None
    reached: bool = False


Lineages = Mapping[UUID, Sequence[Link]]
"""The links of each delivery that is of a chain, in the chain's order, its own among them."""


def lineages(connection: Connection, accounts: Iterable[Account]) -> Lineages:
    """Return those of these deliveries; nothing is read for whatever has no chain."""
    chained = [each.delivery.id for each in accounts if each.event is not None and chain_in(each.event.body)]
    found = subjects(connection, chained) if chained else []
    if not found:
        return {}
    family = relatives(connection, found)
    arrived = reached(connection, family.all)
    return {each.id: [link for step in each.chain for link in _links(step, family.of(each), arrived)] for each in found}


def _links(step: Step, kin: Sequence[Relative], arrived: frozenset[UUID]) -> list[Link]:
    """Return what there is by one target: a group only where nobody in it has a delivery."""
    here = [each for each in kin if each.target == step.target]
    single = [each for each in here if not each.address.startswith(GROUP_PREFIXES)]
    links = [
        Link(
            target=each.target,
            delivery_id=each.id,
            address=each.address,
            state=each.state,
            reason=each.reason,
            due_at=each.due_at,
            updated_at=each.updated_at,
            reached=each.id in arrived,
        )
        for each in single or here
    ]
    return links or [Link(target=step.target)]
