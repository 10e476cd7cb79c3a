"""A carrier put together from whatever a test has for its parts."""

from datetime import UTC, datetime
from typing import Any, Final, cast

from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.carrier import Carrier
from columba_consumers.delivery.decision import InDoubtPolicy, Policy

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


POLICY: Final = Policy(retry=RetryPolicy(), in_doubt=InDoubtPolicy.RESEND)


class Silent:
    """Tells nobody anything."""

    async def announce(self, *_: object) -> None:
        """Say nothing."""


def carrier_of(place: object, *, turnstile: object | None = None) -> Carrier:
    """Return a carrier all of whose parts are this one, but perhaps the turnstile; it tells nobody."""
    some = cast("Any", place)
    return Carrier(
        target=some,
        policy=POLICY,
        broker=some,
        journal=some,
        lease=some,
        turnstile=cast("Any", turnstile) or some,
        pacer=some,
        handover=some,
        outage=some,
        expansion=some,
        follow_up=some,
        announcer=cast("Any", Silent()),
        succession=some,
        now=lambda: NOW,
    )
