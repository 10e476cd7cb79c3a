"""Decisions of people about deliveries that wait: hold, approve, cancel, reschedule.

Each is for a chunk of deliveries, in a transaction that the caller owns. Whatever is reported as done is not sent by
any copy made before; where a consumer claimed first, it has won, and the delivery is reported as too late.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, true

from columba_shared.event import Auto
from columba_shared.log import braked, eyes, freezing, remembrance
from columba_shared.log.audit import Author, Deed
from columba_shared.log.deciding import Decision, change, choose
from columba_shared.log.gathering import leaving
from columba_shared.log.moderated import PENDING, Done, Exact, Meant, Why
from columba_shared.state import CLAIMABLE, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms deliveries are held: until when people may decide, what follows if nobody does, and who may not.

    ``until`` becomes the due time; without it the due time stays, and is the window's end.
    """

    auto: Auto | None = None
    until: datetime | None = None
    four_eyes: bool = False


def hold(
    connection: Connection, meant: Sequence[Meant], author: Author, *, now: datetime, terms: Terms | None = None
) -> Done:
    """Hold what waits; what is held already takes the new terms, but never loses its need of a second person.

    Whoever may not approve it sets no window either that does. What a brake holds is held by people from then on.
    """
    terms = terms or Terms()
    decision = Decision(author=author, what=Deed.HELD, now=now)
    by_brakes = braked.holding(connection, [each.delivery_id for each in meant])
    chosen = choose(
        connection,
        meant,
        allowed=PENDING,
        judge=lambda row, _: _not_to_hold(row, terms, now, anew=row.id in by_brakes),
    )
    if terms.auto is Auto.APPROVE:
        chosen = eyes.without_barred(connection, chosen, author)
    values: dict[str, Any] = {"state": State.HELD.value, "reason": decision.reason, "auto": terms.auto}
    if terms.until is not None:
        values["due_at"] = terms.until
    if terms.four_eyes:
        values["four_eyes"] = true()
    braked.hand_over(connection, chosen.ids)
    return change(connection, chosen, values, decision)


def approve(
    connection: Connection,
    meant: Sequence[Meant],
    author: Author,
    *,
    now: datetime,
    at_once: bool = False,
    exact: Mapping[UUID, Exact] | None = None,
) -> Done:
    """Let go what is held: when it is due, or at once. Neither earlier orders nor the brakes that hold it stop it then.

    A delivery that takes two people is left alone when the author published it or was the last to amend it. One that
    was looked at with a digest is left alone unless that is the digest of its frozen message or, if it has none, of the
    message given for it as ``exact``, which then is frozen: exactly what was looked at goes out.
    """
    given = exact or {}
    remembrance.begin(connection)
    chosen = choose(connection, meant, allowed={State.HELD}, already=CLAIMABLE)
    chosen = remembrance.without_forgotten(connection, chosen)
    chosen = eyes.without_barred(connection, chosen, author)
    chosen = freezing.without_differing(connection, chosen, meant, given)
    thawed = {row.id for row in chosen.rows if not row.frozen}
    freezing.keep(connection, chosen, {key: given[key] for key in thawed & given.keys()}, author, now=now)
    values: dict[str, Any] = {"state": State.SCHEDULED.value, "reason": None, "auto": None, "asked_at": now}
    if at_once:
        values["due_at"] = now
    braked.let_go(connection, chosen.ids, at=now)
    return change(connection, chosen, values, Decision(author=author, what=Deed.APPROVED, now=now))


def cancel(
    connection: Connection, meant: Sequence[Meant], author: Author, *, now: datetime, what: Deed = Deed.CANCELLED
) -> Done:
    """End what waits or is held, and groups that are being expanded: who has a delivery by then keeps it.

    What a digest has gathered leaves it, if nobody has begun to send that. ``what`` tells what was dropped by a rule
    from what was cancelled.
    """
    decision = Decision(author=author, what=what, now=now)
    against = leaving.unless_told(connection, meant)
    allowed = PENDING | {State.GATHERED}
    chosen = choose(connection, meant, allowed=allowed, already={State.CANCELLED}, groups_too=True, judge=against)
    values = {"state": State.CANCELLED.value, "reason": decision.reason, "process_id": None, "token": None}
    done = change(connection, chosen, values, decision)
    left = {row.digest_id for row in chosen.rows if row.state == State.GATHERED}
    return replace(done, going=leaving.retell(connection, left, now=now)) if left else done


def reschedule(
    connection: Connection, meant: Sequence[Meant], author: Author, *, now: datetime, due_at: datetime | None = None
) -> Done:
    """Make what waits due then, or, without ``due_at``, now: regardless of its schedule. What is held stays held.

    Where the due time is the end of a window that approves, who may not approve it does not bring that forward.
    """
    moment = due_at or now
    chosen = choose(connection, meant, allowed=PENDING)
    chosen = eyes.without_barred(
        connection, chosen, author, lets_go=lambda row: row.auto == Auto.APPROVE and moment < row.due_at
    )
    return change(connection, chosen, {"due_at": moment}, Decision(author=author, what=Deed.RESCHEDULED, now=now))


def _not_to_hold(row: Row[Any], terms: Terms, now: datetime, *, anew: bool) -> Why | None:
    if terms.auto is not None and (terms.until or row.due_at) <= now:
        return Why.NO_WINDOW
    same = (row.auto, row.four_eyes or not terms.four_eyes) == (terms.auto, True)
    moved = terms.until not in {None, row.due_at}
    return Why.ALREADY if row.state == State.HELD and same and not moved and not anew else None
