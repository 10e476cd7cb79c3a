"""Somebody else's target, in a package of its own: installed, discovered, found fit, and delivering."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from columba_consumers.app import App
from columba_consumers.errors import Permanent, Throttled
from columba_consumers.targets.registry import Registry
from columba_consumers.testing import check_target
from columba_shared import addresses
from columba_shared.settings import Settings

from tests.contract.cli.shell import Shell
from tests.packaging.ntfy_server import NtfyServer, ntfy_server
from tests.packaging.wheels import PROJECT
from tests.services.blank import blank_file
from tests.services.ports import free_ports

EXAMPLE = PROJECT / "examples" / "columba-ntfy"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that it was installed into, as pip installs."""
    place = tmp_path_factory.mktemp("installed")
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(place), str(EXAMPLE)]
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own command
    return place


@pytest.fixture
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In this process, too."""
    monkeypatch.syspath_prepend(folder)
    addresses._installed.cache_clear()  # noqa: SLF001 - that there was none is remembered for the process
    yield
    for name in [each for each in sys.modules if each.startswith("columba_ntfy")]:
        del sys.modules[name]
    addresses._installed.cache_clear()  # noqa: SLF001 - as above


@pytest.fixture
def server() -> Iterator[NtfyServer]:
    """Its provider."""
    with ntfy_server() as running:
        yield running


@pytest.fixture
def shell(folder: Path, tmp_path: Path, server: NtfyServer) -> Shell:
    """Columba, embedded, with the package installed."""
    blank_file(tmp_path / "columba.db")
    (tmp_path / "templates" / "disk.full").mkdir(parents=True)
    (tmp_path / "templates" / "disk.full" / "ntfy.txt").write_text("{{ host }} has {{ left }} left ✓")
    given = {"COLUMBA_TARGETS": "ntfy", "COLUMBA_NTFY_URL": server.url, "PYTHONPATH": str(folder)}
    return Shell(folder=tmp_path, settings=given)


def test_it_takes_less_than_forty_lines() -> None:
    lines = [line.strip() for path in EXAMPLE.rglob("*.py") for line in path.read_text().splitlines()]
    assert 0 < len([line for line in lines if line and not line.startswith('"""')]) < 40


@pytest.mark.usefixtures("installed")
async def test_it_is_discovered_and_passes_the_conformance_suite(server: NtfyServer, tmp_path: Path) -> None:
    found = Registry(settings=Settings.from_env({"COLUMBA_TARGETS": "ntfy"}, directory=tmp_path), app=App.empty())
    target_class = found.target("ntfy")
    assert target_class is not None
    nowhere = next(free_ports())
    await check_target(
        target_class,
        message=importlib.import_module("columba_ntfy.target").Ntfy(text="hello ✓"),
        address="alerts",
        settings={"COLUMBA_NTFY_URL": server.url},
        unreachable={"COLUMBA_NTFY_URL": f"http://127.0.0.1:{nowhere}"},
        refused={"closed": Permanent, "busy": Throttled},
    )
    assert {message["topic"] for message in server.messages} == {"alerts"}


def test_it_delivers_what_is_enqueued(shell: Shell, server: NtfyServer) -> None:
    shell.run("enqueue", "disk.full", "--target", "ntfy", "--to", "alerts", "--set", "host=db1", "--set", "left=2%")
    assert shell.run("up", "--once", "--json").line["sent"] == 1
    assert [(each["topic"], each["message"]) for each in server.messages] == [("alerts", "db1 has 2% left ✓")]
    (delivery,) = shell.run("show", "--json", shell.run("list", "--all", "--json").line["id"]).line["deliveries"]
    assert delivery["attempts"][-1]["provider_id"] == server.messages[0]["id"]


def test_a_slip_in_an_address_is_found_before_anything_is_published(shell: Shell) -> None:
    asked = ("enqueue", "disk.full", "--target", "ntfy", "--to", "my alerts")
    assert "--to: is not a topic: 'my alerts'" in shell.run(*asked, status=2).stderr


def test_the_doctor_shows_its_settings_and_whether_it_works(shell: Shell, server: NtfyServer) -> None:
    report = shell.run("doctor", "--json").line
    (url,) = [each for each in report["settings"] if each["name"] == "COLUMBA_NTFY_URL"]
    assert (url["value"], url["origin"]) == (server.url, "environment")
    assert f"{server.url}: answers" in [each["text"] for each in report["findings"] if each["about"] == "ntfy"]


def test_the_doctor_tells_what_is_wrong_with_it(shell: Shell) -> None:
    shell.settings["COLUMBA_NTFY_URL"] = "ntfy.sh"
    report = shell.run("doctor", "--json", status=1).line
    wrong = [(each["about"], each["text"]) for each in report["findings"] if each["verdict"] == "problem"]
    assert wrong == [("ntfy", "COLUMBA_NTFY_URL: must be a URL such as https://example.com")]
    assert not [each for each in report["findings"] if "read by nothing" in each["text"]]
