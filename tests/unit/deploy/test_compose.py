"""What docker-compose.yml promises, held against the settings, the commands and the secrets that there are."""

import re
from pathlib import Path
from typing import Final

import click
import pytest
from columba_consumers.cli.program import COMMANDS, program
from columba_shared.settings import SETTINGS

from deploy.prepare import FIXED, prepare
from tests.unit.deploy.compose import PROJECT, SECRETS, Service, Unset, document, services

VARIABLES: Final = {"COLUMBA_MAIL_FROM": "shop@example.org"}
FILE: Final = document(VARIABLES)
SERVICES: Final = services(VARIABLES)
ONCE: Final = {"topology", "migrate"}
BY_HAND: Final = {"operator", "producer"}
LASTING: Final = SERVICES.keys() - ONCE - BY_HAND

each_service: Final = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())
each_lasting: Final = pytest.mark.parametrize(
    "service", [SERVICES[name] for name in sorted(LASTING)], ids=sorted(LASTING)
)


def seconds(duration: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([sm])", duration).groups()  # type: ignore[union-attr]
    return int(number) * {"s": 1, "m": 60}[unit]


def test_there_is_a_service_for_every_process() -> None:
    running = {service.command[0] for service in SERVICES.values() if service.command}
    assert {"topology", "migrate", *COMMANDS["Run"]} - {"up"} == running


def test_the_sender_must_be_set() -> None:
    with pytest.raises(Unset, match="COLUMBA_MAIL_FROM"):
        document({})


@each_service
def test_every_variable_is_a_setting_that_exists(service: Service) -> None:
    known = {setting.name for setting in SETTINGS} | {f"{setting.name}_FILE" for setting in SETTINGS if setting.secret}
    assert service.environment.keys() <= known


@each_service
def test_every_value_is_one_that_its_setting_takes(service: Service) -> None:
    parsers = {setting.name: setting.parse for setting in SETTINGS}
    for name, value in service.environment.items():
        if name in parsers and value:
            parsers[name](value)


@each_service
def test_no_secret_is_a_value_of_the_environment(service: Service) -> None:
    assert service.environment.keys().isdisjoint(setting.name for setting in SETTINGS if setting.secret)


@each_service
def test_a_service_mounts_the_secrets_that_it_reads_and_no_other(service: Service) -> None:
    paths = {value for name, value in service.environment.items() if name.endswith("_FILE")}
    assert {f"{SECRETS}/{name}" for name in service.secrets} == paths


def test_every_secret_is_made_by_prepare(tmp_path: Path) -> None:
    assert prepare(tmp_path, ["email"], smtp_url="smtp://mail.example.org") == ()
    made = {file.name for file in tmp_path.iterdir()}
    assert {name: Path(told["file"]) for name, told in FILE["secrets"].items()} == {
        name: Path("deploy/secrets") / name for name in made
    }


@each_service
def test_every_command_exists(service: Service) -> None:
    command: click.Command = program
    for word in service.command:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(click.Context(command), word)
        assert found is not None, f"there is no command {word!r}"
        command = found


@pytest.mark.parametrize("role", FIXED)
def test_every_role_has_a_service_of_its_own(role: str) -> None:
    users = [name for name, service in SERVICES.items() if f"broker_url_{role}" in service.secrets]
    assert users == [role]


def test_every_target_has_consumers_with_a_role_of_their_own() -> None:
    working = {name: service for name, service in SERVICES.items() if service.command[:1] == ("work",)}
    assert set(working) == set(SERVICES["topology"].environment["COLUMBA_TARGETS"].split(","))
    for name, service in working.items():
        assert service.command == ("work", name)
        assert f"broker_url_work_{name}" in service.secrets


@each_lasting
def test_what_lasts_starts_again_and_shows_whether_it_is_alive(service: Service) -> None:
    assert service.told["restart"] == "unless-stopped"
    assert "healthcheck" not in service.told  # the image brings one


@each_lasting
def test_what_lasts_waits_for_the_topology_and_the_tables(service: Service) -> None:
    waits = {name: told["condition"] for name, told in service.told["depends_on"].items()}
    assert waits == dict.fromkeys(ONCE, "service_completed_successfully")


@each_service
def test_docker_waits_longer_than_a_process_may_take_to_stop(service: Service) -> None:
    grace = int(service.environment.get("COLUMBA_GRACE", "0"))
    assert seconds(service.told["stop_grace_period"]) >= grace + 10


@each_service
def test_a_container_can_change_nothing_and_take_only_so_much(service: Service) -> None:
    told = service.told
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert told["mem_limit"]
    assert told["pids_limit"]
    assert all(volume["read_only"] for volume in told["volumes"])


def test_only_what_talks_to_the_mail_server_reaches_outside() -> None:
    outside = {name for name, told in FILE["services"].items() if "outside" in told["networks"]}
    assert outside == {"email", "operator"}
    assert FILE["networks"]["inside"] == {"internal": True}


def test_no_port_is_published() -> None:
    assert [name for name, told in FILE["services"].items() if "ports" in told] == []


def test_every_file_that_is_mounted_exists() -> None:
    for told in FILE["services"].values():
        for volume in told["volumes"]:
            source = volume["source"] if isinstance(volume, dict) else volume.partition(":")[0]
            if source not in FILE["volumes"]:
                assert (PROJECT / source).exists()
