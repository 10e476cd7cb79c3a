"""Decisions of somebody at a screen: what they come to is what the commands of the same names come to."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Final

from columba_shared.log.audit import Author
from columba_shared.log.doubts import Finding
from columba_shared.log.moderated import Meant, Why
from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.cli.opening import publisher_of
from columba_consumers.copies.dispatch import ThroughPublisher
from columba_consumers.desk.errors import Unfitting
from columba_consumers.desk.ruling import RETRIED_AT_ONCE, Ruling
from columba_consumers.moderation import Moderation, Tally

_FOUND: Final = {Ruling.SENT: Finding.SENT, Ruling.RESEND: Finding.RESEND}


def rule(settings: Settings, engine: Engine, ruling: Ruling, meant: Iterable[Meant], author: Author) -> Tally:
    """Carry it out, in the log first; what has to follow is published where there is a broker. Raises Unfitting."""
    named = list(meant)
    if ruling is Ruling.RETRY and len(named) > RETRIED_AT_ONCE:
        raise Unfitting(f"{len(named)} are more than go again at once: {RETRIED_AT_ONCE}")
    with ExitStack() as stack:
        dispatch = None
        if not settings.embedded:
            dispatch = ThroughPublisher(publisher=stack.enter_context(publisher_of(settings)))
        return asyncio.run(_rule(Moderation(engine=engine, dispatch=dispatch), ruling, named, author))


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
        case Ruling.RETRY:
            return await moderation.retry(meant, author)
        case Ruling.SENT | Ruling.RESEND:
            return await moderation.settle(meant, author, finding=_FOUND[ruling])


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
