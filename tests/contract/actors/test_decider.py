"""The decider: what nobody decided about in time goes, or ends, as whoever held it said."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from columba_consumers.moderation import Decider
from columba_shared.event import Auto
from columba_shared.log import moderation
from columba_shared.log.audit import Author, acts_on
from columba_shared.log.moderated import Meant
from columba_shared.log.moderation import Terms
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, delivery_of
from tests.contract.log.filling import record
from tests.contract.log.stored import delivery_row

END = LATER + timedelta(hours=1)
CAROL = Author(who="carol")


def hold(log: Engine, auto: Auto | None) -> UUID:
    """Hold a delivery until END; return its id."""
    entry = delivery_of()
    record(log, entry)
    with log.begin() as connection:
        terms = Terms(auto=auto, until=END)
        moderation.hold(connection, [Meant(delivery_id=entry.id)], CAROL, now=NOW, terms=terms)
    return entry.id


@pytest.mark.parametrize(("auto", "state"), [(Auto.APPROVE, "scheduled"), (Auto.CANCEL, "cancelled"), (None, "held")])
async def test_a_window_that_ended_is_closed_as_was_said(log: Engine, auto: Auto | None, state: str) -> None:
    key = hold(log, auto)
    assert await Decider(log, now=lambda: END - timedelta(microseconds=1)).run_once() == 0
    assert await Decider(log, now=lambda: END).run_once() == (auto is not None)
    row = delivery_row(log, key)
    assert (row.state, row.asked_at) == (state, None)
    with log.connect() as connection:
        who = [act.author.who for act in acts_on(connection, [key])]
    assert who == ["carol", *(["columba"] if auto else [])]


async def test_two_deciders_decide_once(log: Engine) -> None:
    keys = [hold(log, Auto.APPROVE) for _ in range(20)]
    told: list[None] = []
    deciders = [Decider(log, now=lambda: END, decided=lambda: told.append(None)) for _ in range(2)]
    counts = await asyncio.gather(*(each.run_once() for each in deciders))
    assert sum(counts) == 20
    assert {delivery_row(log, key).revision for key in keys} == {2}
    assert told
