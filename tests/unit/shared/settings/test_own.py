"""Settings of targets that others bring: as good as Columba's own."""

from pathlib import Path

import pytest
from columba_shared.errors import InvalidSettings
from columba_shared.settings import Origin, Setting, Settings, parsers
from columba_shared.settings.keys import keys
from columba_shared.settings.own import OWN
from columba_shared.settings.table import SETTINGS

URL = Setting(name="COLUMBA_FAX_URL", default="", parse=parsers.text, secret=True, shown_default="none", help="Where.")
PAGES = Setting(name="COLUMBA_FAX_PAGES", default="3", parse=parsers.whole(1, 9), help="How many.")
TOKEN = Setting(name="COLUMBA_FAX_TOKEN", default="", parse=parsers.optional(parsers.text), secret=True, help="Who.")
KEYS = Setting(name="COLUMBA_FAX_KEYS", default="", parse=keys, secret=True, help="Keys.")


def read(environ: dict[str, str], folder: Path) -> Settings:
    return Settings.from_env({"COLUMBA_TARGETS": "email, fax"} | environ, directory=folder)


def test_a_target_that_others_bring_has_the_settings_that_every_target_has(tmp_path: Path) -> None:
    settings = read({"COLUMBA_FAX_MAX_ATTEMPTS": "3", "COLUMBA_RETRY_FIRST": "7"}, tmp_path)
    fax = settings.of_target["fax"]
    assert (fax.max_attempts, fax.retry_first.total_seconds(), fax.in_doubt) == (3, 7, "park")
    assert settings.unknown == ()
    shown = {setting.name: settings.shown(setting) for setting in settings.table}
    assert shown["COLUMBA_FAX_MAX_ATTEMPTS"] == "3"
    assert settings.sources["fax_max_attempts"].origin is Origin.ENVIRONMENT


def test_a_target_of_which_nothing_says_that_it_exists_has_no_settings(tmp_path: Path) -> None:
    settings = Settings.from_env({"COLUMBA_FAX_MAX_ATTEMPTS": "3"}, directory=tmp_path)
    assert [each.name for each in settings.unknown] == ["COLUMBA_FAX_MAX_ATTEMPTS"]


def test_what_is_wrong_with_them_is_told_with_all_else_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings) as caught:
        read({"COLUMBA_FAX_MAX_ATTEMPTS": "many", "COLUMBA_LEASE": "long", "COLUMBA_FAX_RETRY_FIRST": "9999"}, tmp_path)
    names = {each.name for each in caught.value.problems}
    assert names == {"COLUMBA_FAX_MAX_ATTEMPTS", "COLUMBA_LEASE", "COLUMBA_FAX_RETRY_FIRST"}


def test_a_hyphen_in_a_targets_name_is_none_in_its_settings(tmp_path: Path) -> None:
    settings = Settings.from_env({"COLUMBA_TARGETS": "my-fax", "COLUMBA_MY_FAX_RATE": "2/s"}, directory=tmp_path)
    assert settings.of_target["my-fax"].rate == 2
    assert settings.shown(next(each for each in settings.table if each.name == "COLUMBA_MY_FAX_RATE")) == "2.0"


@pytest.mark.parametrize("targets", ["smtp", "my-fax,my_fax"])
def test_no_target_takes_the_name_of_another_ones_setting(tmp_path: Path, targets: str) -> None:
    with pytest.raises(InvalidSettings, match=r"COLUMBA_TARGETS: no target can be called .* is taken"):
        Settings.from_env({"COLUMBA_TARGETS": targets}, directory=tmp_path)


def test_a_targets_own_settings_are_read_from_where_all_are(tmp_path: Path) -> None:
    (tmp_path / "columba.env").write_text("COLUMBA_FAX_PAGES=4\n")
    (tmp_path / "secret").write_text("hunter2\n")
    settings = read(
        {"COLUMBA_FAX_URL": "fax://bob:hunter2@example.org", "COLUMBA_FAX_TOKEN_FILE": str(tmp_path / "secret")},
        tmp_path,
    )
    env = settings.own("fax", (URL, PAGES, TOKEN))
    assert (env["url"], env["pages"], env["token"]) == ("fax://bob:hunter2@example.org", 4, "hunter2")
    assert env.everything is settings
    assert [env.sources[each.name].origin for each in (URL, PAGES, TOKEN)] == [
        Origin.ENVIRONMENT,
        Origin.ENV_FILE,
        Origin.SECRET_FILE,
    ]
    assert env.name_of("pages") == "COLUMBA_FAX_PAGES"


def test_nobody_sees_their_secrets(tmp_path: Path) -> None:
    given = {
        "COLUMBA_FAX_URL": "fax://bob:hunter2@example.org",
        "COLUMBA_FAX_TOKEN": "hunter2",
        "COLUMBA_FAX_KEYS": "hunter2" * 6,
    }
    env = read(given, tmp_path).own("fax", (URL, TOKEN, KEYS))
    assert [env.shown(each) for each in (URL, TOKEN)] == ["fax://bob:***@example.org", "***"]
    assert "hunter2" not in repr(env) + env.shown(KEYS)
    assert "example.org" in repr(env)


def test_what_is_not_set_is_shown_as_it_is_by_default(tmp_path: Path) -> None:
    env = read({}, tmp_path).own("fax", (URL, PAGES, TOKEN))
    assert [env.shown(each) for each in (URL, PAGES, TOKEN)] == ["none", "3", "none"]


def test_everything_that_is_wrong_with_a_targets_own_settings_is_told_at_once(tmp_path: Path) -> None:
    settings = read({"COLUMBA_FAX_PAGES": "many", "COLUMBA_FAX_TOKEN_FILE": "absent"}, tmp_path)
    with pytest.raises(InvalidSettings) as caught:
        settings.own("fax", (PAGES, TOKEN))
    assert {each.name for each in caught.value.problems} == {"COLUMBA_FAX_PAGES", "COLUMBA_FAX_TOKEN_FILE"}


@pytest.mark.parametrize(
    ("name", "problem"),
    [("COLUMBA_FAX_RATE", "is a setting of Columba's"), ("COLUMBA_FX_URL", "must begin with COLUMBA_FAX_")],
)
def test_a_setting_is_called_as_its_target_is(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(InvalidSettings, match=problem):
        read({}, tmp_path).own("fax", (Setting(name=name, default="", parse=parsers.text, help="Where."),))


def test_what_a_target_does_not_declare_it_cannot_ask_for(tmp_path: Path) -> None:
    env = read({}, tmp_path).own("fax", (URL, PAGES))
    with pytest.raises(KeyError, match=r"'colour' is no setting that fax declares; there are: url, pages"):
        env["colour"]


def test_the_targets_that_come_with_columba_declare_theirs_as_all_others_must() -> None:
    taken = {setting.name for setting in SETTINGS}
    for target, table in OWN.items():
        for setting in table:
            assert setting.name.startswith(f"COLUMBA_{target.upper()}_"), setting.name
            assert setting.name not in taken
            assert setting.help
            setting.parse(setting.default)
