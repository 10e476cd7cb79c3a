"""The targets that there are: the app's, those of packages, and those of Columba, in this order."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import msgspec
import pytest
from columba_consumers import EmailMessage, target
from columba_consumers.app import App, load_app
from columba_consumers.errors import InvalidTarget
from columba_consumers.targets import SimpleTarget, TargetEnv
from columba_consumers.targets import registry as registry_module
from columba_consumers.targets.policy import policies
from columba_consumers.targets.registry import GROUP, Registry
from columba_shared.errors import InvalidSetting, InvalidSettings
from columba_shared.settings import Settings

from tests.unit.consumers.targets.pigeons import Note, Pigeon, settings_of

PLACE = "tests.unit.consumers.targets.pigeons:Pigeon"


class AppsPigeon(Pigeon):
    """The app's own pigeons."""


class Mute(SimpleTarget):
    """Has no way to deliver."""

    name = "pigeon"
    message = Note


class Unmade(Pigeon):
    """Fails as it is made."""

    def __init__(self, settings: TargetEnv) -> None:  # noqa: ARG002 - it gets no further
        raise RuntimeError("no eggs")


def points(*values: str) -> dict[str, list[EntryPoint]]:
    return {"pigeon": [EntryPoint(name="pigeon", value=value, group=GROUP) for value in values]}


def registry(folder: Path, *values: str, app: App | None = None, **environ: str) -> Registry:
    installed = points(*values) if values else {}
    return Registry(settings=settings_of(folder, **environ), app=app or App.empty(), installed=installed)


def test_mail_is_there_without_anybody_bringing_it(tmp_path: Path) -> None:
    (kit,) = registry(tmp_path).kits(["email"])
    assert (kit.target.name, kit.parts.message) == ("email", EmailMessage)


def test_a_package_brings_a_target_by_an_entry_point(tmp_path: Path) -> None:
    found = registry(tmp_path, PLACE, COLUMBA_PIGEON_LOFT="tower", COLUMBA_PIGEON_RATES="roof-7=2/s")
    (kit,) = found.kits(["pigeon"])
    assert (kit.target.name, kit.target.slots, kit.leads_to) == ("pigeon", 3, "the loft on the tower")
    assert kit.limits.by_destination == {"roof-7": 2}
    (parts,) = found.parts_of(["pigeon"])
    assert (parts.message, parts.files()) == (Note, ("pigeon.txt",))


def test_the_apps_own_target_takes_the_place_of_an_installed_one(tmp_path: Path) -> None:
    assert registry(tmp_path, PLACE).target("pigeon") is Pigeon
    assert registry(tmp_path, PLACE, app=App(targets={"pigeon": AppsPigeon})).target("pigeon") is AppsPigeon


def test_a_target_may_take_the_place_of_mail(tmp_path: Path) -> None:
    kind = type("Mail", (Pigeon,), {"name": "email", "settings": ()})
    assert registry(tmp_path, app=App(targets={"email": kind})).target("email") is kind


def test_a_mark_in_the_apps_module_brings_a_target_and_a_subclass_is_none_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loft_app.py").write_text(
        "from columba_consumers import target\n"
        "from tests.unit.consumers.targets.pigeons import Pigeon\n\n"
        "@target\nclass Mine(Pigeon):\n    pass\n\n"
        "class Other(Mine):\n    name = 'other'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    app = load_app("loft_app")
    assert {name: found.__name__ for name, found in app.targets.items()} == {"pigeon": "Mine"}
    del sys.modules["loft_app"]


def test_only_a_class_with_a_targets_name_can_be_marked() -> None:
    with pytest.raises(TypeError, match="@target marks classes"):
        target(lambda: None)  # type: ignore[type-var]
    with pytest.raises(ValueError, match="must be made of"):
        target(type("Loud", (), {"name": "LOUD"}))
    with pytest.raises(ValueError, match="must be made of"):
        target(type("Nameless", (), {}))


def test_a_name_that_nobody_brings_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"there is no target 'fax'; there are: .*email.*pigeon"):
        registry(tmp_path, PLACE).kits(["fax"])


def test_a_target_that_settings_do_not_name_cannot_be_made(tmp_path: Path) -> None:
    given = Registry(settings=Settings.from_env({}, directory=tmp_path), app=App.empty(), installed=points(PLACE))
    with pytest.raises(InvalidSetting, match="COLUMBA_TARGETS: does not name 'pigeon'"):
        given.kits(["pigeon"])


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("no_such_package:Pigeon", "cannot be loaded: ModuleNotFoundError"),
        ("tests.unit.consumers.targets.pigeons:Nothing", "cannot be loaded: AttributeError"),
        ("tests.unit.consumers.targets.pigeons:Note", "is no subclass of columba_consumers.targets.SimpleTarget"),
        (f"{__name__}:Mute", "does not have deliver"),
        (f"{__name__}:Unmade", "cannot be made: RuntimeError: no eggs"),
    ],
)
def test_a_target_that_cannot_be_used_says_why(tmp_path: Path, value: str, problem: str) -> None:
    with pytest.raises(InvalidTarget, match=problem) as caught:
        registry(tmp_path, value).kits(["pigeon"])
    assert str(caught.value).startswith("target pigeon")


@pytest.mark.parametrize("slots", [0, -1, "5", 2.5, True, None])
def test_a_target_without_a_number_of_slots_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slots: object
) -> None:
    monkeypatch.setattr(Pigeon, "slots", slots)
    with pytest.raises(InvalidTarget, match=f"target pigeon has slots = {slots!r}: give a whole number from 1"):
        registry(tmp_path, PLACE).kits(["pigeon"])


def test_a_target_of_columbas_is_imported_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "BUILT_IN", {"pigeon": PLACE, "fax": "columba_consumers.targets.fax:Fax"})
    assert registry(tmp_path).target("pigeon") is Pigeon
    with pytest.raises(InvalidTarget, match="target fax needs a library that is not installed"):
        registry(tmp_path).target("fax")


def test_two_packages_cannot_bring_the_same_target(tmp_path: Path) -> None:
    with pytest.raises(InvalidTarget, match="there are two targets pigeon"):
        registry(tmp_path, PLACE, f"{__name__}:AppsPigeon").target("pigeon")


def test_a_target_is_called_as_its_entry_point_is(tmp_path: Path) -> None:
    installed = {"dove": [EntryPoint(name="dove", value=PLACE, group=GROUP)]}
    given = Registry(settings=settings_of(tmp_path), app=App.empty(), installed=installed)
    with pytest.raises(InvalidTarget, match="is called 'pigeon': call both the same"):
        given.target("dove")


def test_everything_that_is_wrong_with_the_settings_of_all_targets_is_told_at_once(tmp_path: Path) -> None:
    found = registry(tmp_path, PLACE, COLUMBA_PIGEON_LOFT="a\tb", COLUMBA_EMAIL_RATES="-x-=2/s")
    with pytest.raises(InvalidSettings) as caught:
        found.kits(["email", "pigeon"])
    assert {each.name for each in caught.value.problems} == {"COLUMBA_EMAIL_RATES", "COLUMBA_PIGEON_LOFT"}


def test_policies_need_no_app_and_what_others_bring_is_parked(tmp_path: Path) -> None:
    found = policies(settings_of(tmp_path, COLUMBA_PIGEON_MAX_ATTEMPTS="4"))
    assert (found["pigeon"].in_doubt, found["pigeon"].retry.max_attempts) == ("park", 4)
    assert (found["email"].in_doubt, found["sms"].in_doubt, found["webhook"].in_doubt) == ("resend", "park", "resend")


def test_what_a_message_is_kept_as_is_read_back(tmp_path: Path) -> None:
    (parts,) = registry(tmp_path, PLACE).parts_of(["pigeon"])
    assert msgspec.json.decode(msgspec.json.encode(Note(text="x")), type=parts.kept) == Note(text="x")
