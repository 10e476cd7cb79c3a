"""Facts as lines: worded in one place, on one line each, and silent about who people are."""

import ast
import io
import json
import logging
import timeit
from collections.abc import Iterator
from pathlib import Path

import pytest
from columba_shared.state import State
from columba_shared.telemetry import FACTS, configure, emit
from columba_shared.telemetry.lines import printable

ROOT = Path(__file__).parents[4]
PACKAGES = ("producer/columba_producer", "consumers/columba_consumers", "shared/columba_shared")


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    """Put the logger back as it was."""
    logger = logging.getLogger("columba")
    before = logger.handlers[:], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.level, logger.propagate = before


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def emitted() -> Iterator[tuple[Path, str]]:
    """Yield the name of every fact that the packages emit."""
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text if "emit(" in text else "")):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "emit":
                yield from ((path, name) for name in names(node.args[0]))


def names(argument: ast.expr) -> list[str]:
    """Return the names that the argument may be: one, or a delivery's in every state."""
    match argument:
        case ast.Constant(value=str(name)):
            return [name]
        case ast.JoinedStr(values=[ast.Constant(value="delivery."), ast.FormattedValue()]):
            return [f"delivery.{state}" for state in State]
    return [f"not a plain name: {ast.unparse(argument)}"]


def test_every_fact_that_is_emitted_is_described() -> None:
    assert [(path.name, name) for path, name in emitted() if name not in FACTS] == []


def test_a_fact_is_told_with_its_wording_and_values(stream: io.StringIO) -> None:
    configure(stream=stream)
    emit("target.down", target="email", reason="421 try later")
    line = stream.getvalue()
    assert "WARNING target.down target is out of order, paused target=email" in line
    assert line.endswith('reason="421 try later"\n')


def test_json_lines_carry_the_same(stream: io.StringIO) -> None:
    configure("info", "json", stream=stream)
    emit("target.down", target="email", size=3)
    told = json.loads(stream.getvalue())
    assert (told["fact"], told["level"], told["target"], told["size"]) == ("target.down", "warning", "email", 3)


@pytest.mark.parametrize("form", ["text", "json"])
def test_one_fact_is_one_line_whatever_its_values_hold(stream: io.StringIO, form: str) -> None:
    configure("info", "json" if form == "json" else "text", stream=stream)
    emit("delivery.dead", reason="a\nb\r\x1b[2J\u2028\u202e\x85", error=ValueError("c\nd"))
    line = stream.getvalue()
    assert len(line.splitlines()) == 1
    assert line.removesuffix("\n").isprintable()


def test_a_space_that_does_not_break_is_shown_as_the_space_that_it_is() -> None:
    assert printable("€\xa012,50\u202f%\u2028") == "€\xa012,50\u202f%\\u2028"


@pytest.mark.parametrize("form", ["text", "json"])
def test_addresses_are_masked(stream: io.StringIO, form: str) -> None:
    configure("info", "json" if form == "json" else "text", stream=stream)
    emit("delivery.dead", address="bob@example.com", recipient="+4917012345")
    assert "bob" not in stream.getvalue()
    assert "b***@example.com" in stream.getvalue()
    assert "17012345" not in stream.getvalue()


def test_addresses_are_written_out_at_level_debug(stream: io.StringIO) -> None:
    configure("debug", stream=stream)
    emit("delivery.dead", address="bob@example.com")
    assert "bob@example.com" in stream.getvalue()


def test_an_error_is_told_by_its_text_and_traced_at_level_debug(stream: io.StringIO) -> None:
    error = ValueError("no way")
    configure(stream=stream)
    emit("broker.lost", error=error)
    assert 'error="no way"' in stream.getvalue()
    assert "ValueError" not in stream.getvalue()
    configure("debug", stream=stream)
    emit("broker.lost", error=error)
    assert "ValueError: no way" in stream.getvalue()


def test_a_value_cannot_pose_as_the_lines_own_fields(stream: io.StringIO) -> None:
    configure("info", "json", stream=stream)
    emit("delivery.dead", fact="delivery.sent", level="info")
    assert json.loads(stream.getvalue())["fact"] == "delivery.dead"


def test_below_the_level_nothing_is_told(stream: io.StringIO) -> None:
    configure("warning", stream=stream)
    emit("process.started")
    assert stream.getvalue() == ""


def test_a_fact_below_the_level_costs_next_to_nothing(stream: io.StringIO) -> None:
    configure("warning", stream=stream)
    best = min(timeit.repeat(lambda: emit("delivery.sent", delivery=1, target="email"), number=2000, repeat=20))
    assert best / 2000 < 5e-6


def test_an_app_receives_facts_through_its_own_logging(caplog: pytest.LogCaptureFixture) -> None:
    emit("publish.spooled", events=1)
    assert [record.name for record in caplog.records] == ["columba"]


def test_an_apps_own_logging_says_the_values_and_masks_addresses(caplog: pytest.LogCaptureFixture) -> None:
    emit("rule.failed", rule="partner", problem="ValueError: no", to="bob@example.org")
    (record,) = caplog.records
    assert "rule=partner" in record.getMessage()
    assert "ValueError: no" in record.getMessage()
    assert "bob@" not in record.getMessage()


def test_configuring_twice_tells_each_fact_once(stream: io.StringIO) -> None:
    configure(stream=stream)
    configure(stream=stream)
    emit("process.started")
    assert len(stream.getvalue().splitlines()) == 1
