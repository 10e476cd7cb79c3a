"""The copies of a message, which have no delivery of their own: none goes to whom must not be written to."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from columba_shared.clock import Clock, utc_now
from columba_shared.event import Event
from columba_shared.log import orders, suppressions
from columba_shared.log.engine import reading
from msgspec.structs import replace
from sqlalchemy import Engine

from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.target import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Looks at the list once the delivery is claimed: whatever is on it by then gets no copy."""

    engine: Engine
    now: Clock = utc_now

    async def screened(self, message: Content, event: Event) -> tuple[Content, Sequence[str]]:
        """Return the message without copies for whom must not be written to, and who that is."""
        if not isinstance(message, EmailMessage) or not (message.cc or message.bcc):
            return message, ()
        stopped = await asyncio.to_thread(self._stopped, (*message.cc, *message.bcc), event)
        if not stopped:
            return message, ()
        cc, bcc = (tuple(each for each in named if each not in stopped) for named in (message.cc, message.bcc))
        return replace(message, cc=cc, bcc=bcc), list(stopped)

    def _stopped(self, copies: Sequence[str], event: Event) -> Mapping[str, str]:
        """Return which of these may get no copy, each with why."""
        places = {each: (event.target, each, event.filed_under) for each in copies}
        with reading(self.engine) as connection:
            secret = orders.secret(connection)
            found = suppressions.stopping(connection, places.values(), secret=secret, now=self.now())
        return {each: found[place].reason for each, place in places.items() if place in found}
