"""Settings: where each value comes from, and everything that is wrong told at once."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from columba_shared.errors import InvalidSettings
from columba_shared.settings import SETTINGS, Origin, Settings
from columba_shared.settings.document import markdown
from columba_shared.settings.of_target import IN_DOUBT, TargetSettings

PUBLISHED = Path(__file__).parents[4] / "docs" / "settings.md"


def read(environ: dict[str, str], folder: Path) -> Settings:
    return Settings.from_env(environ, directory=folder)


def problems(environ: dict[str, str], folder: Path) -> list[str]:
    with pytest.raises(InvalidSettings) as caught:
        read(environ, folder)
    return [str(problem) for problem in caught.value.problems]


def test_nothing_need_be_set(tmp_path: Path) -> None:
    settings = read({}, tmp_path)
    assert (settings.database_url, settings.broker_url) == ("sqlite:///columba.db", "memory://")
    assert settings.embedded
    assert settings.outbox_url == settings.database_url
    assert settings.mail_from.startswith("columba@")
    assert settings.mail_domain == settings.mail_from.partition("@")[2]
    assert {source.origin for source in settings.sources.values()} == {Origin.DEFAULT}


def test_the_table_and_the_fields_are_the_same_settings() -> None:
    names = {field.name for field in fields(Settings)} - {"sources", "unknown", "of_target", "table", "given"}
    assert {setting.field for setting in SETTINGS if setting.target is None} == names


def test_the_table_and_the_fields_of_each_target_are_the_same_settings() -> None:
    names = {field.name for field in fields(TargetSettings)}
    for target in IN_DOUBT:
        assert {setting.field for setting in SETTINGS if setting.target == target} == {
            f"{target}_{one}" for one in names
        }


def test_what_is_set_for_a_target_holds_for_it_and_else_what_is_set_for_all(tmp_path: Path) -> None:
    given = {"COLUMBA_RETRY_FIRST": "3", "COLUMBA_MAX_ATTEMPTS": "4", "COLUMBA_EMAIL_MAX_ATTEMPTS": "5"}
    settings = read(given, tmp_path)
    email = settings.of_target["email"]
    assert (settings.max_attempts, email.max_attempts) == (4, 5)
    assert (email.retry_first, email.retry_network) == (timedelta(seconds=3), timedelta(seconds=10))


def test_what_holds_for_a_target_is_shown_wherever_it_was_set(tmp_path: Path) -> None:
    settings = read({"COLUMBA_RETRY_FIRST": "3", "COLUMBA_EMAIL_IN_DOUBT": "park"}, tmp_path)
    shown = {setting.name: settings.shown(setting) for setting in SETTINGS}
    assert (shown["COLUMBA_EMAIL_RETRY_FIRST"], shown["COLUMBA_EMAIL_IN_DOUBT"]) == ("3 s", "park")
    assert settings.sources["email_retry_first"].origin is Origin.ENVIRONMENT
    assert settings.sources["email_retry_longest"].origin is Origin.DEFAULT


@pytest.mark.parametrize("hours", ["22:00-07:00", "12:30-13:00"])
def test_a_part_of_the_day_is_shown_as_it_is_written(tmp_path: Path, hours: str) -> None:
    settings = read({"COLUMBA_EMAIL_QUIET": hours}, tmp_path)
    assert [settings.shown(setting) for setting in SETTINGS if setting.name == "COLUMBA_EMAIL_QUIET"] == [hours]


def test_a_targets_pauses_are_compared_with_what_holds_for_it(tmp_path: Path) -> None:
    [found] = problems({"COLUMBA_RETRY_LONGEST": "40", "COLUMBA_EMAIL_RETRY_FIRST": "60"}, tmp_path)
    assert found.startswith("COLUMBA_EMAIL_RETRY_FIRST: must not exceed COLUMBA_EMAIL_RETRY_LONGEST")


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / "columba.env").write_text("COLUMBA_PRODUCER=file\nCOLUMBA_TARGETS=email,sms\n")
    settings = read({"COLUMBA_PRODUCER": "environment"}, tmp_path)
    assert (settings.producer, settings.targets) == ("environment", ("email", "sms"))
    assert settings.sources["producer"].origin is Origin.ENVIRONMENT
    assert settings.sources["targets"].origin is Origin.ENV_FILE
    assert settings.sources["targets"].place == str(tmp_path / "columba.env")


def test_an_env_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    assert problems({"COLUMBA_ENV_FILE": "absent.env"}, tmp_path)[0].startswith("COLUMBA_ENV_FILE: ")


def test_an_empty_variable_is_not_set(tmp_path: Path) -> None:
    assert read({"COLUMBA_BROKER_URL": "", "COLUMBA_SMTP_URL": ""}, tmp_path).embedded


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "broker").write_text("amqp://shop:hunter2@mq/v\n")
    settings = read({"COLUMBA_BROKER_URL_FILE": str(tmp_path / "broker")}, tmp_path)
    assert settings.broker_url == "amqp://shop:hunter2@mq/v"
    assert settings.sources["broker_url"].origin is Origin.SECRET_FILE


def test_a_secret_given_twice_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broker").write_text("memory://")
    given = {"COLUMBA_BROKER_URL": "memory://", "COLUMBA_BROKER_URL_FILE": str(tmp_path / "broker")}
    assert problems(given, tmp_path) == ["COLUMBA_BROKER_URL: is set twice: also as COLUMBA_BROKER_URL_FILE"]


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_secrets_file_must_hold_the_secret(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "broker").write_text(content)
    found = problems({"COLUMBA_BROKER_URL_FILE": str(tmp_path / "broker")}, tmp_path)
    assert [problem.partition(":")[0] for problem in found] == ["COLUMBA_BROKER_URL_FILE"]


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    wrong = {"COLUMBA_LEASE": "1", "COLUMBA_MAX_ATTEMPTS": "0", "COLUMBA_LOG_FORMAT": "xml", "COLUMBA_MAIL_FROM": "bob"}
    assert {problem.partition(":")[0] for problem in problems(wrong, tmp_path)} == set(wrong)


def test_values_that_are_wrong_together_are_told(tmp_path: Path) -> None:
    found = problems({"COLUMBA_RETRY_FIRST": "60", "COLUMBA_RETRY_LONGEST": "30"}, tmp_path)
    assert found == ["COLUMBA_RETRY_FIRST: must not exceed COLUMBA_RETRY_LONGEST"]


def test_seconds_become_durations(tmp_path: Path) -> None:
    assert read({"COLUMBA_GRACE": "2.5"}, tmp_path).grace == timedelta(seconds=2.5)


def test_a_variable_nothing_reads_is_told_with_what_was_meant(tmp_path: Path) -> None:
    given = {
        "COLUMBA_SMPT_URL": "smtp://mail",
        "COLUMBA_QUITE_ELSE": "1",
        "PATH": "/bin",
        "COLUMBA_DATABASE_URL_FILE": "",
    }
    unknown = read(given, tmp_path).unknown
    assert [(each.name, each.meant) for each in unknown] == [
        ("COLUMBA_QUITE_ELSE", None),
        ("COLUMBA_SMPT_URL", "COLUMBA_SMTP_URL"),
    ]


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    secrets = {
        "COLUMBA_DATABASE_URL": "postgresql://shop:hunter2@db/x",
        "COLUMBA_BROKER_URL": "amqp://shop:hunter2@mq/v",
        "COLUMBA_OUTBOX_URL": "postgresql://db/x?password=hunter2",
        "COLUMBA_SMTP_URL": "smtp://shop:hunter2@mail:587",
    }
    settings = read(secrets, tmp_path)
    assert "hunter2" not in repr(settings)
    assert not [setting for setting in SETTINGS if "hunter2" in settings.shown(setting)]


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    for name in ("COLUMBA_DATABASE_URL", "COLUMBA_BROKER_URL", "COLUMBA_OUTBOX_URL", "COLUMBA_SMTP_URL"):
        assert "hunter2" not in " ".join(problems({name: "//shop:hunter2@"}, tmp_path))


def test_the_published_table_is_current() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == markdown()
