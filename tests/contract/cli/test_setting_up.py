"""Migrate, topology and doctor, from nothing to all is well."""

import pytest

from tests.contract.cli import letters
from tests.contract.cli.letters import NORMAL
from tests.contract.cli.past import REJECTED, Past
from tests.contract.cli.shell import Shell
from tests.system.forks import Json


def problems(report: Json) -> set[str]:
    return {finding["about"] for finding in report["findings"] if finding["verdict"] == "problem"}


def test_tables_are_created_once_and_then_current(bare: Shell) -> None:
    bare.run("migrate", "--check", status=1)
    assert bare.run("migrate", "--json").line["before"] == "absent"
    again = bare.run("migrate", "--json").line
    assert (again["before"], again["state"], again["changed"]) == ("current", "current", False)
    bare.run("migrate", "--check")


def test_looking_at_a_file_that_is_not_there_does_not_create_it(embedded: Shell) -> None:
    embedded.settings["COLUMBA_DATABASE_URL"] = "sqlite:///elsewhere.db"
    for command in (("list",), ("stats",), ("explain", "bob@example.org"), ("migrate", "--check")):
        assert "run `columba migrate`" in embedded.run(*command, status=1).stderr
    assert "`columba up` creates it; or run `columba migrate`" in " ".join(embedded.run("doctor").stdout.split())
    assert not (embedded.folder / "elsewhere.db").exists()


def test_commands_on_a_database_without_tables_name_the_command_that_mends_it(bare: Shell) -> None:
    assert "`columba migrate`" in bare.run("list", status=1).stderr


@pytest.mark.parametrize("bare", ["servers"], indirect=True)
def test_relay_without_its_table_names_the_command_that_makes_it(bare: Shell) -> None:
    told = bare.run("relay", "--once", status=1).stderr
    assert "COLUMBA_OUTBOX_URL" in told
    assert "has `columba migrate` been run for it?" in told


def test_doctor_gives_each_advice_once(bare: Shell) -> None:
    findings = bare.run("doctor", "--json", status=1).line["findings"]
    (log,) = [each for each in findings if each["about"] == "log"]
    assert "run `columba migrate`" in log["fix"]
    assert "run `columba migrate`" not in log["text"]


def test_topology_is_missing_then_applied_then_complete(on_servers: Shell) -> None:
    check = ("topology", "check", "--targets", "email,chat", "--json")
    assert "queue columba.chat.normal" in on_servers.run(*check, status=1).line["missing"]
    applied = on_servers.run("topology", "apply", "--targets", "email,chat", "--json").line
    assert "queue columba.dead.chat" in applied["declared"]
    assert on_servers.run(*check).line["missing"] == []


def test_topology_shows_every_queue_without_asking_a_broker(embedded: Shell) -> None:
    lines = embedded.run("topology", "show", "--json").lines
    assert {"what": "queue", "name": NORMAL} in [{key: line[key] for key in ("what", "name")} for line in lines]


@pytest.mark.parametrize("command", ["check", "apply"])
def test_topology_without_a_broker_says_which_setting_names_one(embedded: Shell, command: str) -> None:
    assert "COLUMBA_BROKER_URL is memory://" in embedded.run("topology", command, status=1).stderr


def test_doctor_finds_nothing_wrong_where_all_is_set_up(shell: Shell) -> None:
    report = shell.run("doctor", "--json").line
    assert report["healthy"] is True
    looked_at = {"settings", "python", "headers", "app", "templates", "log", "clock", "outbox", "broker", "email"}
    assert looked_at <= {finding["about"] for finding in report["findings"]}


def test_doctor_notes_the_dead_and_finds_nothing_wrong_with_that(embedded: Shell, past: Past) -> None:
    past.had("bob@example.org", REJECTED)
    report = embedded.run("doctor", "--json").line
    assert [each["text"] for each in report["findings"] if each["about"] == "dead"] == ["1 delivery given up"]


def test_doctor_tells_every_settings_value_and_origin_without_passwords(on_servers: Shell) -> None:
    on_servers.settings["COLUMBA_SMTP_URL"] = "smtp://bob:hunter2@127.0.0.1:1"
    ran = on_servers.run("doctor", "--json", status=1)
    assert "hunter2" not in ran.stdout + ran.stderr
    values = {value["name"]: value for value in ran.line["settings"]}
    assert values["COLUMBA_SMTP_URL"]["value"] == "smtp://bob:***@127.0.0.1:1"
    assert (values["COLUMBA_SMTP_URL"]["origin"], values["COLUMBA_LEASE"]["origin"]) == ("environment", "default")


def test_doctor_finds_everything_that_is_wrong_at_once(on_servers: Shell) -> None:
    on_servers.settings |= {
        "COLUMBA_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
        "COLUMBA_BROKER_URL": "amqp://guest:guest@127.0.0.1:1/",
        "COLUMBA_SMTP_URL": "smtp://127.0.0.1:1",
        "COLUMBA_APP": "no.such.module",
    }
    on_servers.write_templates("broken", **{"email.txt": "{% if %}"})
    report = on_servers.run("doctor", "--json", status=1).line
    assert problems(report) == {"log", "broker", "email", "app", "templates"}
    assert all(finding["fix"] for finding in report["findings"] if finding["verdict"] == "problem")


def test_doctor_counts_what_the_app_has_marked(embedded: Shell) -> None:
    source = """
from columba_consumers import before_delivery, loader, still_relevant, users

@still_relevant("invoice.*")
def unpaid(event):
    return True

@loader("invoice")
def invoice(number):
    return {}

@before_delivery("invoice.*")
def tag(message, event, recipient):
    return None

@users
def everybody():
    return []
"""
    (embedded.folder / "shop_app.py").write_text(source)
    embedded.settings["COLUMBA_APP"] = "shop_app"
    report = embedded.run("doctor", "--json").line
    (app,) = [finding["text"] for finding in report["findings"] if finding["about"] == "app"]
    assert app == "shop_app: 0 renderers, 0 audiences, 1 still_relevant, 1 loader, 1 hook, users"
    (operator,) = [value["value"] for value in report["settings"] if value["name"] == "COLUMBA_OPERATOR"]
    assert operator == "the login name"


def test_doctor_names_an_error_policy_that_nothing_asks(embedded: Shell) -> None:
    source = """
from columba_consumers import error_policy

@error_policy("email")
def judge(error, delivery):
    return None

@error_policy("emial")
def misjudge(error, delivery):
    return None
"""
    (embedded.folder / "shop_app.py").write_text(source)
    embedded.settings["COLUMBA_APP"] = "shop_app"
    report = embedded.run("doctor", "--json", status=1).line
    marked, idle = [finding["text"] for finding in report["findings"] if finding["about"] == "app"]
    assert marked == "shop_app: 0 renderers, 0 audiences, 2 error policies"
    assert idle == "shop_app:misjudge judges the errors of 'emial', and there is no such target"


def test_doctor_names_a_setting_that_cannot_be_used(embedded: Shell) -> None:
    embedded.settings |= {"COLUMBA_LEASE": "soon", "COLUMBA_GRACE": "never"}
    report = embedded.run("doctor", "--json", status=1).line
    told = " ".join(finding["text"] for finding in report["findings"])
    assert "COLUMBA_LEASE must be" in told
    assert "COLUMBA_GRACE must be" in told


def test_doctor_suggests_the_variable_that_was_meant(embedded: Shell) -> None:
    embedded.settings["COLUMBA_LEAZE"] = "20"
    report = embedded.run("doctor", "--json").line
    assert "perhaps COLUMBA_LEASE was meant" in [finding["fix"] for finding in report["findings"]]


def test_doctor_misses_a_queue_that_was_deleted(on_servers: Shell) -> None:
    letters.delete_queue(on_servers, NORMAL)
    assert problems(on_servers.run("doctor", "--json", status=1).line) == {"topology"}


def test_doctor_fails_while_something_is_unrouted(on_servers: Shell) -> None:
    letters.lose(on_servers, "fax.normal")
    letters.expect(on_servers, {letters.UNROUTED: 1})
    assert problems(on_servers.run("doctor", "--json", status=1).line) == {"unrouted"}


def test_doctor_leaves_no_message_behind(on_servers: Shell) -> None:
    on_servers.run("doctor")
    queues = on_servers.run("stats", "--json").line["queues"]
    assert set(queues.values()) == {0}


_BELLS = """
from columba_consumers import target
from columba_consumers.targets import Receipt, SimpleTarget
from msgspec import Struct

class Note(Struct, frozen=True):
    text: str

class Fine(SimpleTarget):
    message = Note

    def leads_to(self):
        return "the door"

    async def deliver(self, prepared, delivery):
        return Receipt(reply="rung")

@target
class Bell(Fine):
    name = "bell"

@target
class Mute(SimpleTarget):
    name = "mute"
    message = Note

@target
class Broken(Fine):
    name = "broken"

    def __init__(self, settings):
        raise RuntimeError("no wire")

@target
class Shut(Fine):
    name = "shut"

    async def probe(self):
        raise OSError("nobody home")
"""


def test_doctor_says_of_each_target_why_it_cannot_be_made(embedded: Shell) -> None:
    (embedded.folder / "shop_app.py").write_text(_BELLS)
    embedded.settings |= {"COLUMBA_APP": "shop_app", "COLUMBA_TARGETS": "email,bell,mute,broken,shut,fax"}
    report = embedded.run("doctor", "--json", status=1).line
    found = {
        each["about"]: each for each in report["findings"] if each["about"] in embedded.settings["COLUMBA_TARGETS"]
    }
    assert (found["bell"]["verdict"], found["bell"]["text"]) == ("ok", "the door: answers")
    assert "does not have deliver" in found["mute"]["text"]
    assert "cannot be made: RuntimeError: no wire" in found["broken"]["text"]
    assert "does not answer: OSError: nobody home" in found["shut"]["text"]
    assert "there is no target 'fax'; there are: bell, broken, " in found["fax"]["text"]
    assert problems(report) == {"mute", "broken", "shut", "fax"}
    assert "COLUMBA_BELL_MAX_ATTEMPTS" in {each["name"] for each in report["settings"]}
    assert "COLUMBA_SMS_MAX_ATTEMPTS" not in {each["name"] for each in report["settings"]}
