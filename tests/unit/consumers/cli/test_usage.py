"""What people are told when a command cannot mean what they wrote: exit status 2, the option's name, the fix."""

from collections.abc import Callable

import pytest
from click.testing import Result

Columba = Callable[..., Result]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("enqueue Invoice --to bob@example.org", "KIND: 'Invoice' must be made of a-z"),
        ("enqueue a.b", "--to: give recipients, or an audience"),
        ("enqueue a.b --to b@example.org --audience all", "--audience: give to or audience, not both"),
        ("enqueue a.b --to b@example.org --target fax", "--target: 'fax' is unknown; known are email"),
        ("enqueue a.b --to b@example.org --context [1]", "--context: must be a JSON object"),
        ("enqueue a.b --to b@example.org --context {", "--context: this is no JSON"),
        ("enqueue a.b --to b@example.org --set number", "--set: 'number' is no NAME=TEXT"),
        ("enqueue a.b --to b@example.org --defer-for 10", "'10' is no duration: write 90s"),
        (
            "enqueue a.b --to b@example.org --defer-for 1h --at 2026-12-01T10:00Z",
            "--at: give at or defer_for, not both",
        ),
        ("enqueue a.b --to b@example.org --at 2026-12-01T10:00", "has no time zone"),
        ("enqueue a.b --to b@example.org --lane slow", "'slow' is not one of 'urgent', 'normal', 'bulk'"),
        ("list --status lost", "'lost' is no state: there are scheduled"),
        ("list --since 1h --until 2h", "--since must be earlier than --until"),
        ("list --limit 0", "0 is not in the range"),
        ("show zzzz", "is no id"),
        ("render", "give KIND and --to, or --from-log"),
        ("render a.b --to b@example.org --from-log 01a1aaaa", "not both"),
        ("render A.b --to b@example.org", "KIND: 'A.b' must be"),
        ("retry", "say which: ids, or options"),
        ("retry --status sent", "only dead and in_doubt"),
        ("replay --unrouted --target email", "--unrouted goes with --limit"),
        ("purge", "Missing option '--older-than'"),
        ("purge --older-than 1h", "at least 1d, not 1 h"),
        ("topology apply --targets E-Mail", "--targets: must be names of a-z"),
        ("relay --json", "--json goes with --once"),
    ],
)
def test_bad_usage_is_answered_with_the_fix(columba: Columba, arguments: str, words: str) -> None:
    result = columba(*arguments.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in " ".join(result.stderr.split())


@pytest.mark.parametrize("command", ["list", "stats", "doctor", "enqueue a.b --to b@example.org", "up"])
def test_settings_that_cannot_be_used_are_named_with_the_fix(columba: Columba, command: str) -> None:
    result = columba(*command.split(), COLUMBA_LEASE="soon", COLUMBA_GRACE="-1")
    assert result.exit_code == 1
    told = " ".join((result.stdout + result.stderr).split())
    assert "COLUMBA_LEASE" in told
    assert "must be a number of seconds from 2 to 3600" in told
    assert "COLUMBA_GRACE" in told


def test_a_database_driver_that_does_not_exist_is_a_sentence(columba: Columba) -> None:
    result = columba("list", COLUMBA_DATABASE_URL="nosuch://host/name")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "COLUMBA_DATABASE_URL" in result.stderr


def test_at_level_debug_a_failure_shows_where_it_happened(columba: Columba) -> None:
    result = columba("list", COLUMBA_DATABASE_URL="nosuch://host/name", COLUMBA_LOG_LEVEL="debug")
    assert result.exit_code == 1
    assert result.exception is not None
    assert not isinstance(result.exception, SystemExit)


def test_no_password_is_ever_told(columba: Columba) -> None:
    result = columba(
        "doctor",
        COLUMBA_DATABASE_URL="postgresql+psycopg://u:hunter2@127.0.0.1:1/x",
        COLUMBA_BROKER_URL="amqp://u:hunter3@127.0.0.1:1/x",
        COLUMBA_SMTP_URL="smtp://u:hunter4@127.0.0.1:1",
    )
    assert result.exit_code == 1
    assert "hunter" not in result.output
