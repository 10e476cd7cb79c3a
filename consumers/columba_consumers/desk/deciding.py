"""Decisions of somebody at a screen: what they come to is what the commands of the same names come to."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from enum import StrEnum

from columba_shared.log.audit import Author
from columba_shared.log.moderated import Meant, Why
from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.cli.opening import publisher_of
from columba_consumers.copies.dispatch import ThroughPublisher
from columba_consumers.moderation import Moderation, Tally


class Ruling(StrEnum):
    """What may be decided about deliveries."""

    SEND = "send"
    """It is due now, whatever its schedule; what is held is approved."""
    HOLD = "hold"
    APPROVE = "approve"
    CANCEL = "cancel"


def rule(settings: Settings, engine: Engine, ruling: Ruling, meant: Iterable[Meant], author: Author) -> Tally:
    """Carry it out, in the log first; what has to follow is published where there is a broker."""
    with ExitStack() as stack:
        dispatch = None
        if not settings.embedded:
            dispatch = ThroughPublisher(publisher=stack.enter_context(publisher_of(settings)))
        return asyncio.run(_rule(Moderation(engine=engine, dispatch=dispatch), ruling, list(meant), author))


async def _rule(moderation: Moderation, ruling: Ruling, meant: Sequence[Meant], author: Author) -> Tally:
    match ruling:
        case Ruling.HOLD:
            return await moderation.hold(meant, author)
        case Ruling.APPROVE:
            return await moderation.approve(meant, author)
        case Ruling.CANCEL:
            return await moderation.cancel(meant, author)
        case Ruling.SEND:
            return await _send(moderation, meant, author)


async def _send(moderation: Moderation, meant: Sequence[Meant], author: Author) -> Tally:
    """Approve what is held, and make due what waits."""
    tally = await moderation.approve(meant, author, at_once=True)
    waits = {each.delivery_id for each in tally.named if each.why is Why.ALREADY}
    del tally.left[Why.ALREADY]
    tally.named = [each for each in tally.named if each.why is not Why.ALREADY]
    further = await moderation.reschedule([each for each in meant if each.delivery_id in waits], author)
    tally.done += further.done
    tally.left.update(further.left)
    tally.named += further.named
    tally.published += further.published
    tally.problem = tally.problem or further.problem
    return tally
