"""The bench says by itself whether its numbers may be believed, and what a mail costs beside its bare parts."""

import json
from dataclasses import replace

import pytest

from benchmarks.bare.cost import Cost
from benchmarks.bare.parts import BareParts
from benchmarks.drain import Drain
from benchmarks.memory import Growth
from benchmarks.options import Options
from benchmarks.program import bare_whole
from benchmarks.report import as_json
from benchmarks.result import Result

DRAIN = Drain(
    program="product",
    loop="uvloop",
    processes=1,
    connections=20,
    mails=1000,
    octets_per_mail=2700.0,
    per_second=1000.0,
    cpu_seconds_per_1000=0.3,
    whole_life_cpu_seconds=1.0,
    sink_cpu_seconds_per_1000=0.03,
    peak_mb=80.0,
    lost=0,
    doubled=0,
    log_wrong=0,
    others_cores=0.0,
)


def _cost(microseconds: float) -> Cost:
    return Cost(part="a part", microseconds=microseconds, per_second=1.0)


def _result(*drains: Drain) -> Result:
    return Result(machine={}, settings={}, drains=list(drains))


def test_a_run_that_lost_and_doubled_nothing_is_good() -> None:
    assert _result(DRAIN).good


@pytest.mark.parametrize(
    "faulty",
    [replace(DRAIN, lost=1), replace(DRAIN, doubled=1), replace(DRAIN, log_wrong=1)],
    ids=["lost", "doubled", "log wrong"],
)
def test_one_fault_in_one_drain_spoils_the_run(faulty: Drain) -> None:
    assert not _result(DRAIN, faulty).good


def test_memory_that_grows_too_much_spoils_the_run() -> None:
    result = _result()
    result.growth = Growth(waiting=10, drained=5, warm_mb=70.0, then_mb=(71.0, 90.5, 72.0))
    assert not result.good


def test_the_ratio_is_that_of_one_consumer_to_all_bare_parts() -> None:
    result = _result(replace(DRAIN, processes=2, cpu_seconds_per_1000=9.0), DRAIN)
    result.bare = BareParts(loop="uvloop", parts=(_cost(40), _cost(60)), one_row=_cost(20), four_writes=_cost(50))
    assert result.ratio == pytest.approx(2.0)
    assert result.ratio_to_one_row == pytest.approx(2.5)


def test_the_ratio_to_the_whole_is_taken_on_the_same_loop_and_connections() -> None:
    one_row = replace(DRAIN, program=bare_whole("uvloop", "one row").name, cpu_seconds_per_1000=0.1)
    four_writes = replace(DRAIN, program=bare_whole("uvloop", "four writes").name, cpu_seconds_per_1000=0.2)
    result = _result(DRAIN)
    result.wholes = [replace(one_row, loop="asyncio"), replace(one_row, connections=100), four_writes]
    assert result.ratio_to_whole is None
    assert result.ratio_to_whole_with_claims == pytest.approx(1.5)
    result.wholes.append(one_row)
    assert result.ratio_to_whole == pytest.approx(3.0)


def test_a_mail_that_the_bare_whole_lost_spoils_the_comparison() -> None:
    result = _result(DRAIN)
    result.wholes = [replace(DRAIN, lost=1)]
    assert not result.good


def test_the_json_holds_what_was_derived_as_well() -> None:
    told = json.loads(as_json(_result(DRAIN)))
    assert (told["good"], told["ratio"], told["drains"][0]["mails"]) == (True, None, 1000)


def test_a_quick_run_is_short_and_compares_nothing() -> None:
    options = Options.of(["--quick"])
    assert (options.mails, options.compare) == (400, False)


def test_a_number_of_mails_below_one_is_bad_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        Options.of(["--mails", "0"])
    assert ended.value.code == 2
