"""The `columba` command as a whole: its help, its names, how it fails."""

import click
import pytest
from click.testing import CliRunner
from columba_consumers.cli.failure import BadUsage, Failure, failure_of
from columba_consumers.cli.program import COMMANDS, Program, program
from columba_consumers.errors import BrokerLost
from columba_shared.errors import ColumbaError, InvalidEvent, InvalidSetting, InvalidSettings
from columba_shared.publishing import BrokerAway

SUMMARIES = {name: summary for commands in COMMANDS.values() for name, (_, summary) in commands.items()}


def command(name: str) -> click.Command:
    found = program.get_command(click.Context(program), name)
    assert found is not None
    return found


def test_help_lists_every_command_with_its_summary() -> None:
    result = CliRunner().invoke(program, ["--help"])
    assert result.exit_code == 0
    assert all(f"  {name} " in result.stdout for name in SUMMARIES)


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_command_says_first_what_the_list_says_of_it(name: str) -> None:
    first = (command(name).help or "").split("\n\n")[0]
    assert " ".join(first.split()) != ""
    assert CliRunner().invoke(program, [name, "--help"]).exit_code == 0


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_option_says_what_it_does(name: str) -> None:
    options = [each for each in command(name).params if isinstance(each, click.Option)]
    silent = [each.name for each in options if not each.help and not isinstance(each.type, click.Choice)]
    assert silent == []


def test_an_unknown_command_is_bad_usage() -> None:
    result = CliRunner().invoke(program, ["sned"])
    assert result.exit_code == 2
    assert "No such command 'sned'" in result.stderr


def test_a_misspelt_command_is_told_the_one_that_was_meant() -> None:
    result = CliRunner().invoke(program, ["replya"])
    assert result.exit_code == 2
    assert "No such command 'replya'. Did you mean 'replay'?" in result.stderr


def test_the_version_is_the_packages() -> None:
    result = CliRunner().invoke(program, ["--version"])
    assert result.stdout.startswith("columba 0.")


def test_an_error_of_ours_is_told_by_its_text_alone() -> None:
    assert failure_of(ColumbaError("the log is not there")).format_message() == "the log is not there"


@pytest.mark.parametrize("error", [BrokerAway("no connection"), BrokerLost("no connection")])
def test_a_broker_that_is_away_is_told_with_the_setting_that_names_it(error: ColumbaError) -> None:
    assert failure_of(error).format_message() == "COLUMBA_BROKER_URL: no connection"


def test_a_wrong_argument_of_an_event_is_bad_usage() -> None:
    failure = failure_of(InvalidEvent("to", "is empty"))
    assert (type(failure), failure.exit_code) == (BadUsage, 2)


def test_every_setting_that_cannot_be_used_is_named() -> None:
    problems = (InvalidSetting("COLUMBA_LEASE", "must be a number"), InvalidSetting("COLUMBA_GRACE", "must be one too"))
    text = failure_of(InvalidSettings(problems)).format_message()
    assert text.splitlines()[1:] == ["  COLUMBA_LEASE: must be a number", "  COLUMBA_GRACE: must be one too"]


def test_a_defect_is_told_on_one_line_and_names_the_way_to_its_traceback() -> None:
    failure = failure_of(ZeroDivisionError("oh\nno"))
    assert failure.exit_code == 1
    assert "ZeroDivisionError: oh no\nCOLUMBA_LOG_LEVEL=debug" in failure.format_message()


def test_of_several_errors_at_once_the_first_is_told() -> None:
    group = ExceptionGroup("tasks", [ColumbaError("the log is not there"), ValueError("late")])
    assert failure_of(group).format_message() == "the log is not there"


def test_being_interrupted_is_told_by_the_exit_status_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Program, "get_command", lambda *_: interrupted)
    result = CliRunner().invoke(program, ["list"])
    assert (result.exit_code, result.output) == (130, "\n")


def test_a_failure_is_told_on_standard_error() -> None:
    @click.command()
    def fail() -> None:
        raise Failure("it did not work")

    result = CliRunner().invoke(fail)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "columba: it did not work\n")
