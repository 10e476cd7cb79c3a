"""What came back of what was sent: kept with its delivery, and followed by what it means for the address."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, insert, select, update

from columba_shared.address import folded
from columba_shared.domain import MAX_DOMAIN_LENGTH, domain_of
from columba_shared.log import dead_addresses, suppressions
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.bounce import Bounce, Effect, Finding, Reported, Terms, of_deliveries
from columba_shared.log.dead_addresses import DeadAddress
from columba_shared.log.hastening import hasten_behind
from columba_shared.log.line import stand_in_line
from columba_shared.log.reaching import CAME_BACK
from columba_shared.log.screening import FORGOTTEN
from columba_shared.log.suppressions import Source, Suppression
from columba_shared.log.surge import Surge
from columba_shared.log.tables import bounce, delivery, event
from columba_shared.log.types import MAX_TEXT, fitting
from columba_shared.state import State

WHO: Final = dead_addresses.WHO
_LONGEST_STATUS: Final = 100


def take_in(
    connection: Connection, reported: Sequence[Reported], terms: Terms, surge: Surge, *, now: datetime
) -> list[Bounce]:
    """Keep what is reported, and suppress whom it tells to: in force as of this transaction's commit.

    What is on record already since it was last sent changes nothing, nor does what the log knows no delivery of. Where
    far too many are dead at once, it is kept and held back. Return what was new. Whoever does this stands in a line, so
    that two of one address are counted one after the other.
    """
    stand_in_line(connection, suppressions.LINE)
    watch = surge.begin(connection, now)
    sent = _sent(connection, [each.delivery_id for each in reported])
    known = _known(connection, list(sent))
    taken: dict[tuple[UUID, Finding], Bounce] = {}
    for each in reported:
        row, key = sent.get(each.delivery_id), (each.delivery_id, each.finding)
        if row is None or key in taken or (key in known and known[key].sent_at >= row.updated_at):
            continue
        told = _bounce(each, row, now)
        effect = _effect(connection, told, terms)
        if effect is Effect.SUPPRESSED and told.finding is not Finding.COMPLAINT:
            too_many = watch.holds_back(told)
            effect = Effect.HELD_BACK if too_many else effect
        made = replace(told, effect=effect)
        _keep(connection, made, known=key in known)
        taken[key] = made
    follow(connection, [each for each in taken.values() if each.effect is Effect.SUPPRESSED], now)
    came_back = [each for each in taken.values() if each.finding in CAME_BACK and each.reporter is not None]
    hasten_behind(connection, [each.delivery_id for each in came_back], now=now)  # of the others the consumer knows
    return list(taken.values())


def _sent(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """Return the deliveries that there are, but those of people who are forgotten."""
    of_event = and_(event.c.id == delivery.c.event_id, event.c.target == delivery.c.target)
    columns = (delivery.c[name] for name in ("id", "target", "kind", "address", "state", "updated_at"))
    query: Select[Any] = select(*columns, event.c.category).select_from(delivery.outerjoin(event, of_event))
    rows = connection.execute(query.where(delivery.c.id.in_(sorted(set(ids)))))
    return {row.id: row for row in rows if not row.address.startswith(f"{FORGOTTEN}:")}


def _known(connection: Connection, ids: Sequence[UUID]) -> dict[tuple[UUID, Finding], Bounce]:
    return {(each.delivery_id, each.finding): each for each in of_deliveries(connection, ids)}


def _effect(connection: Connection, told: Bounce, terms: Terms) -> Effect:
    match told.finding:
        case Finding.HARD | Finding.COMPLAINT:
            return Effect.SUPPRESSED
        case Finding.SOFT:
            before = _counted(connection, told, told.at - terms.within)
            return Effect.COUNTED if before + 1 < terms.soft else Effect.SUPPRESSED
        case _:
            return Effect.NOTED


def _counted(connection: Connection, told: Bounce, since: datetime) -> int:
    """Return how many soft bounces count against an address: those that have led to nothing yet."""
    mine = (bounce.c.address == told.address, bounce.c.target == told.target)
    counting = (*mine, bounce.c.effect == Effect.COUNTED.value, bounce.c.at >= since)
    others = select(bounce.c.delivery_id).where(*counting, bounce.c.delivery_id != told.delivery_id)
    return len(connection.execute(others).all())


def _bounce(reported: Reported, row: Row[Any], now: datetime) -> Bounce:
    return Bounce(
        delivery_id=reported.delivery_id,
        finding=reported.finding,
        target=row.target,
        address=folded(row.address),
        domain=domain_of(row.address)[:MAX_DOMAIN_LENGTH],
        effect=Effect.NOTED,
        status=fitting(reported.status)[:_LONGEST_STATUS] if reported.status else None,
        said=fitting(" ".join(reported.said.split())) if reported.said else None,
        reporter=fitting(reported.reporter)[:MAX_DOMAIN_LENGTH] if reported.reporter else None,
        sent_at=row.updated_at if row.state == State.SENT else now,
        at=now,
    )


def _keep(connection: Connection, made: Bounce, *, known: bool) -> None:
    values: dict[str, Any] = {name: getattr(made, name) for name in Bounce.__slots__}
    values |= {"finding": made.finding.value, "effect": made.effect.value}
    if known:
        mine = (bounce.c.delivery_id == made.delivery_id, bounce.c.finding == made.finding.value)
        connection.execute(update(bounce).where(*mine).values(values))
    else:
        connection.execute(insert(bounce).values(values))


def follow(connection: Connection, found: Sequence[Bounce], now: datetime) -> None:
    """Put on the list whom these tell of, and out of use in everybody's book; what was counted has led to that.

    A complaint is about its category, whoever is gone is gone for all of them.
    """
    if not found:
        return
    sent = _sent(connection, [each.delivery_id for each in found])
    told = [(each, sent[each.delivery_id]) for each in found if each.delivery_id in sent]
    entries = [_entry(each, row.category or row.kind.partition(".")[0]) for each, row in told]
    suppressions.enter(connection, entries, at_once=False)
    note(connection, [_act(each) for each in entries])
    gone = [
        DeadAddress(target=each.target, address=row.address, reason=each.reason, at=now)
        for each, row in told
        if each.finding is not Finding.COMPLAINT
    ]
    dead_addresses.take_out_of_use(connection, gone)
    for each, _ in told:
        mine = (bounce.c.address == each.address, bounce.c.target == each.target)
        led = update(bounce).where(*mine, bounce.c.effect == Effect.COUNTED.value)
        connection.execute(led.values(effect=Effect.SUPPRESSED.value))


def _entry(each: Bounce, category: str) -> Suppression:
    complaint = each.finding is Finding.COMPLAINT
    soft = "soft bounces, the last: " if each.finding is Finding.SOFT else ""
    return Suppression(
        address=each.address,
        target=each.target,
        category=category if complaint else "",
        source=Source.COMPLAINT if complaint else Source.BOUNCE,
        who=WHO,
        why=f"{soft}{each.reason}"[:MAX_TEXT] or None,
        at=each.at,
    )


def _act(entry: Suppression) -> Act:
    detail = {
        "address": entry.address,
        "target": entry.target,
        "category": entry.category,
        "source": entry.source.value,
    }
    return Act(author=Author(who=entry.who, why=entry.why), what=Deed.SUPPRESSED, at=entry.at, detail=detail)
