"""What leaves its usual range, and the one brake that is pulled for it."""

from dataclasses import replace
from datetime import datetime, timedelta

from columba_shared.log import braking, unusual
from columba_shared.log.audit import Author
from columba_shared.log.brake import Brake, Ending, Extent
from columba_shared.log.tables import course, volume
from columba_shared.log.unusual import Because, Range, Unusual
from columba_shared.log.volumes import HOUR, LAST, hour_of
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine, insert, select, update

from tests.contract.log.brakes import claim
from tests.contract.log.entries import NOW, delivery_of

USUAL = Range(volume=10, floor=100, failures=50)
THIS = hour_of(NOW)
DAY = timedelta(days=1)
CAROL = Author(who="carol")


def had(
    log: Engine, hour: datetime, *, asked: int = 0, sent: int = 0, failed: int = 0, kind: str = "invoice.ready"
) -> None:
    row = {"target": "email", "kind": kind, "hour": hour, "asked": asked, "sent": sent, "failed": failed}
    with log.begin() as connection:
        connection.execute(insert(volume), row)


def known(log: Engine, *, days: int = 30, sent: float = 0, failed: float = 0, kind: str = "invoice.ready") -> None:
    row = {"target": "email", "kind": kind, "since": THIS - days * DAY, "sent": sent, "failed": failed}
    with log.begin() as connection:
        connection.execute(insert(course), row)


def found(log: Engine, usual: Range = USUAL, now: datetime = NOW) -> list[Unusual]:
    with log.connect() as connection:
        return unusual.unusual(connection, usual, now=now)


def pull(log: Engine, each: Unusual, now: datetime = NOW) -> Brake | None:
    with log.begin() as connection:
        return unusual.pull(connection, each, now=now)


def end(log: Engine, brake: Brake, ending: Ending, at: datetime) -> None:
    with log.begin() as connection:
        braking.end(connection, brake.id, ending, CAROL, now=at)


def test_far_more_in_an_hour_than_ever_is_unusual_and_the_figures_say_so(log: Engine) -> None:
    known(log)
    had(log, THIS - 3 * DAY, asked=1200)
    had(log, THIS, asked=12_400)
    (each,) = found(log)
    assert (each.target, each.kind, each.because) == ("email", "invoice.ready", Because.VOLUME)
    assert each.why == ("invoice.ready by email: 12,400 events in this hour, the most in an hour of 35 days was 1,200")


def test_what_is_within_its_range_is_usual(log: Engine) -> None:
    known(log)
    had(log, THIS - DAY, asked=1200)
    had(log, THIS, asked=12_000)
    assert found(log) == []


def test_what_is_below_the_floor_or_not_looked_at_is_usual(log: Engine) -> None:
    known(log)
    had(log, THIS - DAY, asked=1)
    had(log, THIS, asked=99)
    assert found(log) == []
    assert found(log, Range(volume=0, floor=1, failures=0)) == []
    assert len(found(log, Range(volume=10, floor=99, failures=0))) == 1


def test_what_is_new_or_was_never_there_lately_has_no_usual_range(log: Engine) -> None:
    known(log, days=6)
    had(log, THIS - DAY, asked=1)
    had(log, THIS, asked=10_000)
    known(log, kind="yearly.letter", days=365)
    had(log, THIS, asked=10_000, kind="yearly.letter")
    assert found(log) == []


def test_that_most_of_a_kind_suddenly_dies_is_unusual(log: Engine) -> None:
    known(log, sent=80, failed=120)
    had(log, THIS - DAY, sent=90, failed=10)
    had(log, THIS, failed=1)
    (each,) = found(log)
    assert each.because is Because.FAILURES
    assert each.why == "invoice.ready by email: 60% of about the last 200 deliveries died, in the 35 days before 10%"


def test_that_they_died_some_time_ago_is_told_no_more(log: Engine) -> None:
    known(log, sent=80, failed=120)
    had(log, THIS - HOUR, sent=90, failed=10)
    had(log, THIS, sent=1)
    assert found(log) == []


def test_that_as_many_die_as_always_is_usual_and_so_is_a_few(log: Engine) -> None:
    known(log, sent=80, failed=120)
    had(log, THIS - DAY, sent=60, failed=40)
    for kind in ("invoice.ready", "few.ready", "half.ready"):
        had(log, THIS, failed=1, kind=kind)
    known(log, sent=10, failed=90, kind="few.ready")
    known(log, sent=LAST * 0.51, failed=LAST * 0.49, kind="half.ready")
    assert found(log) == []


def test_a_brake_is_pulled_once_and_holds_the_kind(log: Engine, writer: Writer) -> None:
    known(log)
    had(log, THIS - DAY, asked=10)
    had(log, THIS, asked=1000)
    (each,) = found(log)
    brake = pull(log, each)
    assert pull(log, each) is None
    assert brake is not None
    assert (brake.automatic, brake.who, brake.extent) == (True, "columba", Extent(kind="invoice.ready", target="email"))
    with log.connect() as connection:
        assert unusual.braked_lately(connection, each)
        assert [one.brake for one in braking.brakes(connection)] == [brake]
    assert claim(log, writer, delivery_of()) == [State.HELD]


def test_one_that_was_ended_is_not_pulled_again_within_the_hour(log: Engine) -> None:
    each = Unusual(target="email", kind="invoice.ready", because=Because.VOLUME, hour=THIS, why="much")
    brake = pull(log, each)
    assert brake is not None
    end(log, brake, Ending.RELEASED, NOW + timedelta(minutes=20))
    assert pull(log, each) is None
    next_hour = Unusual(target="email", kind="invoice.ready", because=Because.VOLUME, hour=THIS + HOUR, why="much")
    assert pull(log, next_hour, now=NOW + HOUR) is not None


def test_one_that_was_ended_after_its_hour_is_not_pulled_again_within_that_hour_either(log: Engine) -> None:
    each = Unusual(target="email", kind="invoice.ready", because=Because.VOLUME, hour=THIS, why="much")
    brake = pull(log, each)
    assert brake is not None
    end(log, brake, Ending.RELEASED, NOW + HOUR)
    again = Unusual(target="email", kind="invoice.ready", because=Because.VOLUME, hour=THIS + HOUR, why="much")
    assert pull(log, again, now=NOW + HOUR) is None


def test_a_brake_of_people_or_for_something_else_keeps_none_from_being_pulled(log: Engine) -> None:
    each = Unusual(target="email", kind="invoice.ready", because=Because.VOLUME, hour=THIS, why="much")
    with log.begin() as connection:
        braking.pull(connection, each.extent, CAROL, now=NOW)
        braking.pull(connection, Extent(kind="x", target="email"), CAROL, now=NOW, automatic=True)
    assert pull(log, each) is not None


def test_failures_that_had_their_consequence_have_no_second_one(log: Engine) -> None:
    known(log, sent=0, failed=200)
    had(log, THIS - DAY, sent=100)
    had(log, THIS, failed=200)
    (each,) = found(log)
    assert pull(log, each) is not None
    assert found(log) == []
    with log.connect() as connection:
        assert tuple(connection.execute(select(course.c.sent, course.c.failed)).one()) == (0, 0)


def test_an_hour_whose_brake_was_cancelled_is_no_measure_and_one_released_is(log: Engine) -> None:
    known(log)
    had(log, THIS - DAY, asked=50)
    had(log, THIS - 2 * HOUR, asked=50_000)
    had(log, THIS, asked=1000)
    wild = Unusual(target="email", kind="invoice.ready", because=Because.VOLUME, hour=THIS - 2 * HOUR, why="much")
    brake = pull(log, wild, now=THIS - 2 * HOUR + timedelta(minutes=5))
    assert brake is not None
    end(log, brake, Ending.RELEASED, THIS - timedelta(minutes=59))
    assert found(log) == []
    end(log, brake, Ending.CANCELLED, THIS - timedelta(minutes=58))
    assert len(found(log)) == 1


def test_no_hour_of_a_brake_that_was_cancelled_in_the_end_is_a_measure(log: Engine) -> None:
    known(log)
    had(log, THIS - DAY, asked=50)
    had(log, THIS, asked=1000)
    for hours in (3, 2, 1):  # it ran wild for as long as the brake was on
        had(log, THIS - hours * HOUR, asked=50_000)
    wild = Unusual(target="email", kind="invoice.ready", because=Because.VOLUME, hour=THIS - 3 * HOUR, why="much")
    brake = pull(log, wild, now=THIS - 3 * HOUR + timedelta(minutes=5))
    assert brake is not None
    end(log, brake, Ending.CANCELLED, THIS - timedelta(minutes=30))
    (each,) = found(log)
    assert each.why.endswith("the most in an hour of 35 days was 50")


def test_each_thing_is_told_once_an_hour_whoever_tells_it(log: Engine) -> None:
    known(log)
    much, deadly = (
        Unusual(target="email", kind="invoice.ready", because=because, hour=THIS, why="") for because in Because
    )
    with log.begin() as connection:
        assert [unusual.tell(connection, each) for each in (much, much, deadly, deadly)] == [True, False, True, False]
        assert unusual.tell(connection, replace(much, hour=THIS + HOUR))


def test_another_target_has_a_range_of_its_own(log: Engine) -> None:
    known(log)
    had(log, THIS - DAY, asked=10)
    had(log, THIS, asked=1000)
    with log.begin() as connection:
        connection.execute(update(course).values(target="sms"))
    assert found(log) == []
