"""Holds that pass from an event to what replaces it under its key: nobody escapes one by publishing again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from columba_shared.event import Auto, Event
from columba_shared.log import braked
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """On what terms something is held: what follows if nobody decides, when it is due, and who may decide.

    ``decided`` means that people have had a say since it was published, so that the app's own terms no longer count.
    """

    auto: Auto | None
    until: datetime
    four_eyes: bool
    decided: bool = False


def held(connection: Connection, rows: Sequence[Row[Any]]) -> Hold | None:
    """Return the strictest terms on which people, or the app, hold any of these deliveries; None when nobody does.

    A brake looks by itself at whatever is newer, when that is claimed.
    """
    by_brakes = braked.holding(connection, [row.id for row in rows if row.state == State.HELD])
    kept = [row for row in rows if row.state == State.HELD and row.id not in by_brakes]
    if not kept:
        return None
    autos = {row.auto for row in kept}
    return Hold(
        auto=None if None in autos else Auto.CANCEL if Auto.CANCEL in autos else Auto.APPROVE,
        until=max(row.due_at for row in kept),
        four_eyes=any(row.four_eyes for row in kept),
        decided=any(row.revision > 0 for row in kept),
    )


def handed_down(hold: Hold | None, newer: Event, due_at: datetime) -> Hold | None:
    """Return the terms on which ``newer``, due then, is held when it replaces what was held on these; None: it is not.

    An app may set a window of its own for what it holds itself, never for what somebody else does. A second person
    stays needed in any case.
    """
    if newer.withdraw:
        return None
    if hold is None:
        return Hold(auto=newer.auto, until=due_at, four_eyes=newer.four_eyes) if newer.hold else None
    four_eyes = hold.four_eyes or newer.four_eyes
    if newer.hold and not hold.decided:
        return Hold(auto=newer.auto, until=due_at, four_eyes=four_eyes)
    until = due_at if hold.auto is None else max(due_at, hold.until)
    return replace(hold, until=until, four_eyes=four_eyes)
