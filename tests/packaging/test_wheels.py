"""What the three wheels hold."""

import tomllib
from pathlib import Path

import pytest

from tests.packaging.wheels import MEMBERS, PROJECT, Wheel, build, declared


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Wheel]:
    folder = tmp_path_factory.mktemp("wheels")
    return {member: build(member, folder) for member in MEMBERS}


@pytest.mark.parametrize("member", MEMBERS)
def test_a_wheel_holds_every_file_of_its_package(wheels: dict[str, Wheel], member: str) -> None:
    package = PROJECT / member / f"columba_{member}"
    tree = {str(path.relative_to(package.parent)) for path in package.rglob("*") if _is_ours(path)}
    assert tree <= wheels[member].files


@pytest.mark.parametrize("member", MEMBERS)
def test_a_wheel_says_that_it_is_typed(wheels: dict[str, Wheel], member: str) -> None:
    assert f"columba_{member}/py.typed" in wheels[member].files


@pytest.mark.parametrize("member", MEMBERS)
def test_a_wheel_carries_its_licence(wheels: dict[str, Wheel], member: str) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheels[member].files)
    assert wheels[member].metadata["License-Expression"] == "MIT"


@pytest.mark.parametrize("member", MEMBERS)
def test_a_wheel_describes_itself(wheels: dict[str, Wheel], member: str) -> None:
    assert str(wheels[member].metadata.get_payload()).startswith(f"# columba-{member}")


def test_the_log_brings_its_migrations(wheels: dict[str, Wheel]) -> None:
    migrations = {name for name in wheels["shared"].files if name.startswith("columba_shared/log/migrations/versions/")}
    assert any(name.endswith(".py") for name in migrations)


@pytest.mark.parametrize("member", MEMBERS)
def test_tests_stay_out_of_a_wheel(wheels: dict[str, Wheel], member: str) -> None:
    top = {name.partition("/")[0] for name in wheels[member].files}
    assert {name for name in top if not name.endswith(".dist-info")} == {f"columba_{member}"}


def test_there_is_one_version_for_all() -> None:
    root = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    assert {member: declared(member)["version"] for member in MEMBERS} == dict.fromkeys(MEMBERS, root)


def test_the_packages_ask_for_each_other_at_exactly_this_version(wheels: dict[str, Wheel]) -> None:
    asked = [line for wheel in wheels.values() for line in wheel.metadata.get_all("Requires-Dist") or []]
    siblings = {line.partition(";")[0].strip() for line in asked if line.startswith("columba-")}
    version = declared("shared")["version"]
    assert siblings
    assert all(line.endswith(f"=={version}") for line in siblings)


def _is_ours(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
