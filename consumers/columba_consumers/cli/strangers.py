"""Dead letters that the log does not know: which of them are meant, and whether they would go again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from columba_shared.log import orders, screening
from columba_shared.log.causes import cause_of
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.foresight import Foreseen, Staying, Stays
from columba_shared.log.kinds import fits as fits_kind
from columba_shared.log.screening import FORGOTTEN, Subject
from columba_shared.state import State
from sqlalchemy import Connection

from columba_consumers.cli.selecting import Chosen


def meant(entries: Iterable[DeliveryEntry], chosen: Chosen) -> list[DeliveryEntry]:
    """Return those that the options would choose once they are recorded as dead."""
    return [each for each in entries if _fits(each, chosen)]


def foresee(connection: Connection, entries: Sequence[DeliveryEntry], *, now: datetime) -> Foreseen:
    """Tell which would go again once they are recorded."""
    unwanted = screening.unwanted(connection, map(_subject, entries))
    current = orders.in_force(connection)
    going: list[UUID] = []
    staying: list[Staying] = []
    for each in entries:
        expires_at = each.event.expires_at
        if current.has_forgotten(each.address, each.asked):
            staying.append(_stays(each, Stays.FORGOTTEN, FORGOTTEN))
        elif each.id in unwanted:
            staying.append(_stays(each, Stays.SUPPRESSED, unwanted[each.id]))
        elif expires_at is not None and expires_at <= now:
            staying.append(_stays(each, Stays.EXPIRED, f"expired at {expires_at.isoformat(timespec='seconds')}"))
        elif brakes := [one for one in current.brakes if one.extent.has(each.event, each.address)]:
            staying.append(_stays(each, Stays.BRAKED, brakes[0].reason))
        else:
            going.append(each.id)
    return Foreseen(going=going, staying=staying)


def _fits(each: DeliveryEntry, chosen: Chosen) -> bool:
    event, reason = each.event, each.reason or ""
    same = ((chosen.address, each.address), (chosen.key, event.key), (chosen.user, each.user))
    return (
        (not chosen.states or State.DEAD in chosen.states)
        and all(wanted in {None, has} for wanted, has in same)
        and (chosen.kind is None or fits_kind(chosen.kind, event.kind))
        and (chosen.since is None or each.created_at >= chosen.since)
        and (chosen.until is None or each.created_at < chosen.until)
        and (chosen.cause is None or (cause_of(State.DEAD, reason) or "").startswith(chosen.cause))
        and (chosen.reason is None or chosen.reason.casefold() in reason.casefold())
    )


def _subject(each: DeliveryEntry) -> Subject:
    event = each.event
    return Subject(
        delivery_id=each.id,
        user=each.user,
        category=event.filed_under,
        target=event.target,
        address=each.address,
    )


def _stays(each: DeliveryEntry, why: Stays, words: str) -> Staying:
    return Staying(delivery_id=each.id, why=why, words=words, address=each.address)
