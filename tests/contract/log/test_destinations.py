"""Destinations: what one process reserves, slows or shuts is so for all."""

from datetime import datetime, timedelta
from itertools import pairwise
from threading import Thread
from uuid import UUID

import pytest
from columba_shared.clock import utc_now
from columba_shared.log import destinations, leases
from columba_shared.log.destinations import WHOLE, Given, Want
from columba_shared.log.flow import Flow
from columba_shared.log.transacting import transact
from columba_shared.log.waiting import closed
from sqlalchemy import Engine

from tests.contract.log.entries import PROCESS

OTHER = UUID("00000000-0000-4000-8000-0000000000d0")


def give(log: Engine, **wants: Want) -> dict[str, Given]:
    return transact(log, lambda connection: destinations.give(connection, "email", wants))


def moments(given: Given) -> list[datetime]:
    return list(given.moments)


def restricted(log: Engine) -> dict[str, destinations.Restriction]:
    with log.connect().execution_options(reading=True) as connection:
        _, found = destinations.restrictions(connection)
    return {each.name: each for each in found}


def throttle(log: Engine, name: str, *, seconds: float = 60.0) -> None:
    def work(flow: Flow, now: datetime) -> Flow:
        return flow.throttled(now, after=timedelta(seconds=seconds), observed=10, reply="421 slow down")

    transact(log, lambda connection: destinations.change(connection, "email", name, work))


def test_two_who_reserve_never_get_the_same_moment(log: Engine) -> None:
    first = give(log, whole=Want(limit=10, moments=3))["whole"]
    second = give(log, whole=Want(limit=10, moments=3))["whole"]
    together = moments(first) + moments(second)
    assert all(after - before > timedelta(seconds=0.099) for before, after in pairwise(together))


def test_many_who_reserve_at_once_share_one_line_of_moments(log: Engine) -> None:
    got: list[datetime] = []

    def reserve() -> None:
        for _ in range(10):
            got.extend(moments(give(log, shared=Want(limit=1000, moments=5))["shared"]))

    threads = [Thread(target=reserve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 200
    assert all(after - before > timedelta(seconds=0.0009) for before, after in pairwise(sorted(got)))


def test_what_was_throttled_is_restricted_for_everybody(log: Engine) -> None:
    throttle(log, "example.com", seconds=3600)
    found = restricted(log)["example.com"]
    assert found.flow.reply == "421 slow down"
    assert found.flow.shut_until is not None
    given = give(log, **{"example.com": Want(moments=1)})["example.com"]
    assert timedelta(minutes=59) < given.moments[0] - given.at <= timedelta(seconds=3601)


def test_one_destination_restricts_no_other(log: Engine) -> None:
    throttle(log, "example.com")
    given = give(log, **{"example.org": Want(moments=2)})["example.org"]
    assert list(given.moments) == [given.at] * 2


@pytest.mark.parametrize("name", ["example.com", WHOLE])
def test_what_is_over_is_forgotten_with_the_next_reservation(log: Engine, name: str) -> None:
    throttle(log, name, seconds=-1)
    give(log, **{name: Want(moments=1)})
    assert restricted(log)[name].flow.shut_until is None


def test_what_has_had_its_time_restricts_nobody_though_nothing_was_sent_there_since(log: Engine) -> None:
    throttle(log, "example.com", seconds=-86_400)
    throttle(log, "example.org")
    assert list(restricted(log)) == ["example.org"]


def test_a_target_that_is_down_is_known_to_be_until_somebody_finds_it_up(log: Engine) -> None:
    leases.register(log, PROCESS, role="work email")
    with log.begin() as connection:
        destinations.down(connection, "email", reply="connection refused", process_id=PROCESS)
    since = restricted(log)[WHOLE].down_since
    assert since is not None
    with log.begin() as connection:
        destinations.down(connection, "email", reply="still", process_id=PROCESS)
    assert restricted(log)[WHOLE].down_since == since
    with log.begin() as connection:
        destinations.up(connection, "email")
    found = restricted(log)[WHOLE]
    assert found.down_since is None
    assert found.flow.ramp is not None


def test_an_account_that_is_down_is_not_its_target(log: Engine) -> None:
    leases.register(log, PROCESS, role="work email")
    for name in ("account a", "account b"):
        with log.begin() as connection:
            destinations.down(connection, "email", reply="connection refused", process_id=PROCESS, name=name)
    assert {name: each.down_since is not None for name, each in restricted(log).items()} == {
        "account a": True,
        "account b": True,
    }
    with log.begin() as connection:
        destinations.up(connection, "email", name="account a")
    found = restricted(log)
    assert (found["account a"].down_since, found["account a"].flow.ramp is not None) == (None, True)
    assert found["account b"].down_since is not None


def test_a_target_is_down_only_as_long_as_somebody_asks_how_it_is(log: Engine) -> None:
    leases.register(log, PROCESS, role="work email")
    leases.register(log, OTHER, role="work email")
    with log.begin() as connection:
        destinations.down(connection, "email", reply="connection refused", process_id=PROCESS)
    leases.end(log, PROCESS)
    assert restricted(log) == {}
    with log.connect().execution_options(reading=True) as connection:
        assert closed(connection, utc_now()) == []
    with log.begin() as connection:
        destinations.down(connection, "email", reply="still refused", process_id=OTHER)
    found = restricted(log)[WHOLE]
    assert (found.down_since is not None, found.reply) == (True, "still refused")
    with log.connect().execution_options(reading=True) as connection:
        assert [each.reply for each in closed(connection, utc_now())] == ["still refused"]


def test_a_limit_belongs_to_whoever_asks_and_is_not_kept(log: Engine) -> None:
    give(log, limited=Want(limit=1, moments=1))
    assert restricted(log) == {}
    given = give(log, limited=Want(moments=1))["limited"]
    assert list(given.moments) == [given.at]
