"""Whether a mail that was sent came back is told of the sending that a report is about, whatever clock took it in."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from columba_consumers.cli.returning import came_back
from columba_shared.log.bounce import Bounce, Effect, Finding
from columba_shared.log.records import Account
from columba_shared.state import State

from tests.unit.consumers.cli.test_telling import NOW, account

MINUTE = timedelta(minutes=1)


def returned(*, sent_at: datetime, at: datetime) -> Account:
    found = account()
    bounce = Bounce(
        delivery_id=found.delivery.id,
        finding=Finding.HARD,
        target="email",
        address="bob@example.org",
        domain="example.org",
        effect=Effect.SUPPRESSED,
        status="5.1.1",
        said=None,
        reporter="mx",
        sent_at=sent_at,
        at=at,
    )
    return replace(found, delivery=replace(found.delivery, state=State.SENT), bounces=(bounce,))


@pytest.mark.parametrize("at", [NOW - MINUTE, NOW + MINUTE])
def test_what_came_back_is_told_by_whatever_clock(at: datetime) -> None:
    assert (came_back(returned(sent_at=NOW, at=at)) or "").startswith("No, it was sent at")


def test_what_came_back_of_an_earlier_sending_is_not_about_this_one() -> None:
    assert came_back(returned(sent_at=NOW - 2 * MINUTE, at=NOW + MINUTE)) is None
