"""A replay takes each delivery once, whoever takes its steps, and leaves alone what should not go."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

from columba_shared.log import replaying, replays
from columba_shared.log.audit import Author, Deed, acts_on
from columba_shared.log.engine import reading
from columba_shared.log.foresight import Stays
from columba_shared.log.replaying import Fate, Step
from columba_shared.log.replays import Asking, Replay, Terms
from columba_shared.log.selection import Selection
from columba_shared.log.tables import delivery, selection
from columba_shared.log.transacting import transact
from columba_shared.state import State
from sqlalchemy import Engine, delete, update

from tests.contract.log.entries import LATER, NOW, deliveries, delivery_of
from tests.contract.log.filling import conclude, record
from tests.contract.log.stored import delivery_row

DEAD = Selection(states={State.DEAD})
CAROL = Author(who="carol", why="mended")
ASKING = Asking(who="carol", words="all that is dead", now=LATER)


def terms(**changes: object) -> Terms:
    return Terms(states=(State.DEAD,), **changes)  # type: ignore[arg-type]  # whatever the test is about


def frozen(log: Engine, given: Terms | None = None, *, limit: int | None = None) -> Replay:
    with log.begin() as connection:
        return replays.freeze(connection, DEAD, given or terms(), ASKING, limit=limit)


def taken(log: Engine, replay: Replay, *, after: UUID | None = None, limit: int = 100, later: float = 0) -> Step:
    now = LATER + timedelta(seconds=later)
    return transact(
        log,
        lambda connection: replaying.take(connection, replay, after=after, limit=limit, author=CAROL, now=now),
    )


def dead(log: Engine, count: int) -> list[UUID]:
    entries = deliveries(count)
    conclude(log, *entries, state=State.DEAD, reason="550 no")
    return sorted(entry.id for entry in entries)


def found(log: Engine, replay: Replay) -> Replay:
    with reading(log) as connection:
        again = replays.found(connection, replay.id)
    assert again is not None
    return again


def test_steps_go_through_a_replay_in_order_and_each_delivery_goes_once(log: Engine) -> None:
    ids = dead(log, 5)
    replay = frozen(log)
    first = taken(log, replay, limit=3)
    assert [each.id for each in first.going] == ids[:3]
    second = taken(log, replay, after=first.last, limit=3)
    assert [each.id for each in second.going] == ids[3:]
    assert taken(log, replay, after=second.last) == Step()
    assert {delivery_row(log, key).claim for key in ids} == {2}
    assert found(log, replay).went == 5


def test_begun_anew_it_goes_on_with_what_has_not_gone(log: Engine) -> None:
    ids = dead(log, 4)
    replay = frozen(log)
    taken(log, replay, limit=3)
    assert [each.id for each in taken(log, replay).going] == ids[3:]


def test_what_dies_later_is_not_in_it(log: Engine) -> None:
    ids = dead(log, 2)
    replay = frozen(log)
    dead(log, 1)
    assert [each.id for each in taken(log, replay).going] == ids


def test_a_limit_keeps_those_that_have_been_dead_for_longest(log: Engine) -> None:
    early, late = deliveries(2)
    conclude(log, late, state=State.DEAD, at=LATER)
    conclude(log, early, state=State.DEAD, at=NOW)
    assert [each.id for each in taken(log, frozen(log, limit=1)).going] == [early.id]


def test_what_would_be_kept_is_what_is_kept(log: Engine) -> None:
    ids = dead(log, 3)
    with reading(log) as connection:
        meant, _ = replays.would_freeze(connection, DEAD)
    assert sorted(each.delivery_id for each in meant) == ids
    assert frozen(log).number == 3


def test_what_would_be_kept_of_a_limit_makes_room_for_what_died_earlier(log: Engine) -> None:
    early, late = deliveries(2)
    conclude(log, early, state=State.DEAD, at=NOW)
    conclude(log, late, state=State.DEAD, at=LATER)
    between, after = uuid4(), uuid4()
    beside = [(NOW + timedelta(seconds=1), between), (LATER + timedelta(days=1), after)]
    with reading(log) as connection:
        meant, also = replays.would_freeze(connection, DEAD, limit=2, beside=beside)
    assert ([each.delivery_id for each in meant], also) == ([early.id], {between})


def test_one_who_died_again_goes_no_second_time_in_the_same_replay(log: Engine) -> None:
    (key,) = dead(log, 1)
    replay = frozen(log)
    taken(log, replay)
    with log.begin() as connection:
        connection.execute(update(delivery).where(delivery.c.id == key).values(state="dead"))
    assert taken(log, replay) == Step()


def test_what_is_in_doubt_anew_goes_with_nobody_who_looked_at_the_doubt_before(log: Engine) -> None:
    (entry,) = deliveries(1)
    conclude(log, entry, state=State.IN_DOUBT, reason="cut")
    both = []
    for _ in range(2):
        with log.begin() as connection:
            wanted = Selection(states={State.IN_DOUBT})
            both.append(replays.freeze(connection, wanted, Terms(states=(State.IN_DOUBT,)), ASKING))
    assert len(taken(log, both[0]).going) == 1
    with log.begin() as connection:
        connection.execute(update(delivery).values(state="in_doubt", claim=delivery.c.claim + 1))
    step = taken(log, both[1])
    assert (step.going, [each.why for each in step.staying]) == ([], [Stays.CHANGED])


def test_of_two_who_take_steps_at_once_each_delivery_goes_with_one(log: Engine) -> None:
    ids = dead(log, 40)
    replay, start = frozen(log), Barrier(2)

    def run(_: int) -> list[UUID]:
        start.wait(timeout=30)
        mine: list[UUID] = []
        after = None
        while (step := taken(log, replay, after=after, limit=3)).last is not None:
            mine += [each.id for each in step.going]
            after = step.last
        return mine

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(run, range(2))
    assert sorted(one + other) == ids
    assert {delivery_row(log, key).claim for key in ids} == {2}


def test_a_rate_is_kept_whoever_takes_the_steps(log: Engine) -> None:
    ids = dead(log, 4)
    replay = frozen(log, terms(per_second=8.0))
    assert [each.id for each in taken(log, replay).going] == ids[:2]
    assert taken(log, replay).pause == timedelta(seconds=0.25)
    assert [each.id for each in taken(log, replay, later=0.25).going] == ids[2:]


def test_a_slow_rate_lets_one_go_at_a_time(log: Engine) -> None:
    ids = dead(log, 2)
    replay = frozen(log, terms(per_second=0.5))
    assert [each.id for each in taken(log, replay).going] == ids[:1]
    assert taken(log, replay, later=1).pause == timedelta(seconds=1)


def test_whoever_takes_steps_keeps_the_rate_that_was_given_last(log: Engine) -> None:
    dead(log, 4)
    replay = frozen(log)
    with log.begin() as connection:
        replays.begin_again(connection, replay.id, terms(per_second=8.0))
    assert len(taken(log, replay).going) == 2
    assert taken(log, replay).pause == timedelta(seconds=0.25)


def test_once_it_is_stopped_nobody_lets_any_more_go(log: Engine) -> None:
    dead(log, 1)
    replay = frozen(log)
    with log.begin() as connection:
        replays.stop(connection, replay.id, "too many failures")
        replays.stop(connection, replay.id, "something else")
    assert taken(log, replay).stopped == "too many failures"
    with log.begin() as connection:
        replays.begin_again(connection, replay.id, terms(per_second=1.0))
    assert found(log, replay).terms.per_second == 1.0
    assert len(taken(log, replay).going) == 1


def test_a_replay_that_is_purged_meanwhile_lets_nothing_more_go(log: Engine) -> None:
    dead(log, 1)
    replay = frozen(log)
    with log.begin() as connection:
        connection.execute(delete(selection).where(selection.c.id == replay.id))
    step = taken(log, replay)
    assert (step.going, "purged" in (step.stopped or "")) == ((), True)


def test_a_replay_is_unfinished_until_its_end(log: Engine) -> None:
    dead(log, 1)
    replay = frozen(log)
    with log.begin() as connection:
        assert [each.id for each in replays.unfinished(connection)] == [replay.id]
        assert replays.has_more(connection, replay.id)
        assert [each.id for each in replays.matching(connection, replay.id.hex[:8], limit=2)] == [replay.id]
    taken(log, replay)
    with log.begin() as connection:
        assert not replays.has_more(connection, replay.id)
        replays.finish(connection, replay.id, now=LATER)
        assert replays.unfinished(connection) == []


def test_how_what_went_fares_is_told_from_its_state(log: Engine) -> None:
    ids = dead(log, 5)
    taken(log, replay := frozen(log))
    outcomes = [("sent", 1), ("retrying", 1), ("dead", 1), ("held", 0), ("scheduled", 0)]
    with log.begin() as connection:
        for key, (state, attempts) in zip(ids, outcomes, strict=True):
            connection.execute(update(delivery).where(delivery.c.id == key).values(state=state, attempts=attempts))
    expected = [Fate.DELIVERED, Fate.FAILED, Fate.FAILED, Fate.STOPPED, Fate.WAITING]
    with reading(log) as connection:
        fates = replaying.fates(connection, [*ids, uuid4()])
        assert [fates[key].fate for key in ids] == expected
        assert replaying.fared(connection, replay.id) == {
            Fate.DELIVERED: 1,
            Fate.FAILED: 2,
            Fate.STOPPED: 1,
            Fate.WAITING: 1,
        }


def test_who_replayed_is_on_record(log: Engine) -> None:
    (key,) = dead(log, 1)
    taken(log, frozen(log))
    with reading(log) as connection:
        (act,) = acts_on(connection, [key])
    assert (act.author, act.what) == (CAROL, Deed.REPLAYED)


def test_a_selection_goes_as_it_was_when_it_was_frozen(log: Engine) -> None:
    same, changed = dead(log, 2)
    before = frozen(log)
    with log.begin() as connection:
        connection.execute(update(delivery).where(delivery.c.id == changed).values(revision=1))
        replay = replays.freeze_again(connection, before.id, terms(), ASKING)
    step = taken(log, replay)
    assert [each.id for each in step.going] == [same]
    assert [(each.delivery_id, each.why) for each in step.staying] == [(changed, Stays.CHANGED)]


def test_named_deliveries_go_and_those_in_another_state_stay(log: Engine) -> None:
    (key,) = dead(log, 1)
    waiting = delivery_of()
    record(log, waiting)
    with log.begin() as connection:
        replay = replays.freeze_named(connection, [key, waiting.id, key], terms(), ASKING)
    assert replay.number == 2
    step = taken(log, replay)
    assert [each.id for each in step.going] == [key]
    assert [(each.why, each.words) for each in step.staying] == [(Stays.OTHERWISE, "scheduled")]
