"""The secrets that `make secrets` makes, and the rights that go with them."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from columba_shared.topology import DEAD, IN, WAIT, Plan

from deploy.prepare import PUBLISHED_TO, Rights, all_rights, password_hash, prepare

TARGETS: Final = ("email", "sms")
PLAN: Final = Plan.for_targets(TARGETS)
NAMES: Final = {exchange.name for exchange in PLAN.exchanges} | {queue.name for queue in PLAN.queues}
RIGHTS: Final = all_rights(TARGETS)


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def definitions(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "rabbitmq_definitions").read_text())
    return read


def allowed(pattern: str) -> set[str]:
    return {name for name in NAMES if re.search(pattern, name)}


def dead_lettered() -> Iterator[tuple[str, str]]:
    for queue in PLAN.queues:
        if "x-dead-letter-exchange" in queue.arguments:
            yield queue.name, queue.arguments["x-dead-letter-exchange"]
    for exchange in PLAN.exchanges:
        if "alternate-exchange" in exchange.arguments:
            yield exchange.name, exchange.arguments["alternate-exchange"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    prepare(tmp_path / "secrets", TARGETS, smtp_url=None)
    return tmp_path / "secrets"


def test_running_it_again_changes_no_password_and_no_address(folder: Path) -> None:
    edited = "amqps://columba-relay:kept@one:5671/columba;amqps://columba-relay:kept@two:5671/columba"
    (folder / "broker_url_relay").write_text(edited)
    before = contents(folder)
    prepare(folder, TARGETS, smtp_url=None)
    after = contents(folder)
    del before["rabbitmq_definitions"], after["rabbitmq_definitions"]
    assert after == before


def test_a_target_that_is_added_gets_a_role_of_its_own(folder: Path) -> None:
    prepare(folder, (*TARGETS, "push"), smtp_url=None)
    assert (folder / "broker_url_work_push").exists()
    assert "columba-work-push" in {each["name"] for each in definitions(folder)["users"]}


def test_the_mail_server_is_missing_until_somebody_names_it(folder: Path) -> None:
    assert prepare(folder, TARGETS, smtp_url=None) == ("smtp_url",)
    assert prepare(folder, TARGETS, smtp_url="smtps://mail.example.org") == ()
    assert prepare(folder, TARGETS, smtp_url=None) == ()
    assert (folder / "smtp_url").read_text() == "smtps://mail.example.org"


def test_the_folder_is_closed_and_its_files_are_readable_by_whoever_mounts_them(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o644}


def test_a_file_that_is_written_anew_is_still_the_same_file(folder: Path) -> None:
    before = (folder / "rabbitmq_definitions").stat().st_ino
    prepare(folder, (*TARGETS, "push"), smtp_url=None)
    assert (folder / "rabbitmq_definitions").stat().st_ino == before


def test_rabbitmq_knows_the_password_of_every_url_and_no_clear_one(folder: Path) -> None:
    hashes = {each["name"]: base64.b64decode(each["password_hash"]) for each in definitions(folder)["users"]}
    for role in RIGHTS:
        url = urlsplit((folder / f"broker_url_{role}").read_text())
        salt, digest = hashes[url.username or ""][:4], hashes[url.username or ""][4:]
        assert hashlib.sha256(salt + (url.password or "").encode()).digest() == digest
        assert (url.password or "") not in (folder / "rabbitmq_definitions").read_text()


def test_a_password_is_hashed_as_rabbitmqs_documentation_shows_it() -> None:
    assert password_hash("test12", salt=bytes.fromhex("908DC60A")) == "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"


def test_no_two_secrets_are_alike(folder: Path) -> None:
    passwords = [text for name, text in contents(folder).items() if name.endswith("_password")]
    passwords += [urlsplit(text).password or "" for name, text in contents(folder).items() if name.startswith("broker")]
    assert len(set(passwords)) == len(passwords)
    assert min(map(len, passwords)) >= 32


@pytest.mark.parametrize("role", ["topology", "reconciler"])
def test_who_declares_may_do_all_that_declaring_takes(role: str) -> None:
    may = RIGHTS[role]
    assert allowed(may.configure) == NAMES
    for binding in PLAN.bindings:
        assert {binding.source} <= allowed(may.read)
        assert {binding.queue or binding.exchange} <= allowed(may.write)
    for source, receiver in dead_lettered():
        assert {source} <= allowed(may.read)
        assert {receiver} <= allowed(may.write)


@pytest.mark.parametrize("role", sorted(RIGHTS.keys() - {"topology", "reconciler"}))
def test_nobody_else_may_declare_or_delete(role: str) -> None:
    assert allowed(RIGHTS[role].configure) == set()


@pytest.mark.parametrize("target", TARGETS)
def test_consumers_read_the_queues_of_their_target_alone(target: str) -> None:
    assert allowed(RIGHTS[f"work_{target}"].read) == {
        f"columba.{target}.{lane}" for lane in ("urgent", "normal", "bulk")
    }


def test_consumers_publish_under_their_targets_name_alone() -> None:
    keys = RIGHTS["work_email"].keys or ""
    assert set(PUBLISHED_TO) == allowed(RIGHTS["work_email"].write) == {IN, WAIT, DEAD}
    assert re.search(keys, "email.normal")
    assert re.search(keys, "email.bulk.30")
    for key in ("sms.normal", "email", "email2.normal", "sms.email.normal", "email.normalx"):
        assert not re.search(keys, key)


@pytest.mark.parametrize("role", ["producer", "relay"])
def test_who_only_publishes_reads_nothing(role: str) -> None:
    assert RIGHTS[role] == Rights(write=RIGHTS[role].write)
    assert allowed(RIGHTS[role].write) == {"columba", "columba.later"}
