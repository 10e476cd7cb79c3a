"""An audience's function is code of the app, and called from a delivery as any other."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from columba_consumers.app import App, Audience
from columba_consumers.delivery.expansion import Expansion
from columba_consumers.delivery.parcel import unpack
from columba_consumers.errors import Permanent
from columba_shared.event import Event, Lane
from columba_shared.underway import UNDERWAY

from tests.unit.consumers.delivery.test_carrier import LEASE, redelivered


async def asked(function: Any) -> None:  # noqa: ANN401 - whatever an app marks
    """Have the function asked for its audience, of which nothing is recorded."""
    parcel = unpack(redelivered(Lane.NORMAL, audience="subscribers"), target="email", now=datetime.now(UTC))
    nothing = cast("Any", None)
    app = App(audiences={"subscribers": Audience(name="subscribers", function=function)})
    UNDERWAY.set(parcel.event)
    await Expansion(broker=nothing, journal=nothing, engine=nothing, app=app).of_group(parcel, LEASE)


@pytest.mark.parametrize("awaited", [False, True])
async def test_it_can_find_out_from_which(awaited: bool) -> None:  # noqa: FBT001 - a case
    seen: list[Event | None] = []

    def function(event: Event) -> list[str]:
        seen.extend((UNDERWAY.get(), event))
        raise Permanent("nobody today")

    async def later(event: Event) -> list[str]:
        await asyncio.sleep(0)
        return function(event)

    with pytest.raises(Permanent, match="nobody today"):
        await asked(later if awaited else function)
    assert seen[0] == seen[1]
