"""The story of an address: what it should have been told, what became of it, and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from columba_shared.log import reading
from columba_shared.log.records import DELIVERY_COLUMNS, Account, AttemptRecord, delivery_record
from columba_shared.log.tables import delivery

LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened on the way to an address: the delivery began, was tried, or came to stand as it does."""

    at: datetime
    account: Account
    attempt: AttemptRecord | None = None
    begins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An address's deliveries, oldest first; ``shortened`` when there were more than could be told."""

    address: str
    accounts: tuple[Account, ...]
    shortened: bool

    @property
    def moments(self) -> list[Moment]:
        """Everything in the order in which it happened."""
        return sorted((moment for account in self.accounts for moment in _moments(account)), key=lambda one: one.at)


def story(connection: Connection, address: str, *, since: datetime | None = None, longest: int = LONGEST) -> Story:
    """Return what happened to the deliveries to an address, those begun since then, at most the ``longest`` newest."""
    query = select(*DELIVERY_COLUMNS).where(delivery.c.address == address)
    if since is not None:
        query = query.where(delivery.c.created_at >= since)
    newest = query.order_by(delivery.c.created_at.desc(), delivery.c.id.desc()).limit(longest + 1)
    found = [delivery_record(row) for row in connection.execute(newest)]
    told = found[:longest][::-1]
    return Story(
        address=address,
        accounts=tuple(reading.accounts(connection, told)),
        shortened=len(found) > longest,
    )


def _moments(account: Account) -> list[Moment]:
    """Tell one delivery; how it stands is a moment of its own unless the last attempt tells it."""
    record = account.delivery
    told = [Moment(at=record.created_at, account=account, begins=True)]
    told += [Moment(at=tried.finished_at, account=account, attempt=tried) for tried in account.attempts]
    if record.updated_at > told[-1].at:
        told.append(Moment(at=record.updated_at, account=account))
    return told
