"""Several people who pause and resume at the same moment: each learns what they did, and nobody gets an error."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from columba_shared.log import pauses
from columba_shared.log.audit import Author
from columba_shared.log.tables import audit
from sqlalchemy import Engine, select

from tests.contract.log.entries import LATER

CAROL = Author(who="carol")
BOTH = (("email", "sms"), ("sms", "email"))
ROUNDS = 20


def pause(log: Engine, targets: Sequence[str]) -> list[str]:
    with log.begin() as connection:
        return pauses.pause(connection, targets, CAROL, now=LATER)


def resume(log: Engine, targets: Sequence[str]) -> list[str]:
    with log.begin() as connection:
        return pauses.resume(connection, targets, CAROL, now=LATER)


def test_the_second_of_two_who_pause_at_once_learns_that_it_is_paused(log: Engine, database: str) -> None:
    if database == "sqlite":
        pytest.skip("has one writer at a time")
    with ThreadPoolExecutor(1) as pool:
        with log.begin() as connection:
            first = pauses.pause(connection, ["email"], CAROL, now=LATER)
            second = pool.submit(pause, log, ["email", "sms"])
            with pytest.raises(TimeoutError):
                second.result(timeout=0.3)
        assert (first, second.result(timeout=30)) == (["email"], ["sms"])
    with log.connect() as connection:
        details = connection.scalars(select(audit.c.detail).order_by(audit.c.id))
        assert [msgspec.json.decode(detail) for detail in details] == [{"target": "email"}, {"target": "sms"}]


def test_each_target_is_paused_and_resumed_by_one_of_those_who_name_it_in_any_order(log: Engine) -> None:
    for act in (pause, resume) * ROUNDS:
        with ThreadPoolExecutor(2) as pool:
            done = [pool.submit(act, log, targets) for targets in BOTH]
            assert sorted(target for each in done for target in each.result(timeout=30)) == ["email", "sms"]
