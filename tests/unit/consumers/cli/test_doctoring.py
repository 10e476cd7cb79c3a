"""What doctor says before the first delivery: what would die is a problem, what is only new is none."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from columba_consumers.cli.checks.database import check_database
from columba_consumers.cli.checks.finding import Finding, Verdict
from columba_consumers.cli.checks.senders import check_senders
from columba_consumers.cli.checks.variables import own_settings, values
from columba_consumers.cli.checks.webhooks import check_webhooks
from columba_consumers.cli.checks.wording import check_wording
from columba_consumers.cli.doctor import show_settings
from columba_consumers.targets.simple_kit import simple_kit
from columba_consumers.targets.sms import SmsTarget
from columba_shared.settings import Settings

from tests.services.blank import blank_file
from tests.services.ports import LOOPBACK, free_ports

SMS = {"COLUMBA_TARGETS": "sms", "COLUMBA_SMS_ACCOUNT": "AC" + "0" * 32, "COLUMBA_SMS_TOKEN": "secret"}
RENDERER = """
from columba_consumers import SmsMessage, renderer

@renderer("{kind}", target="{target}")
def render(event, recipient):
    return SmsMessage(text="Hello", sender="SHOP")
"""


def read(folder: Path, environ: dict[str, str]) -> Settings:
    """Return the settings, in a folder."""
    places = {"COLUMBA_TEMPLATES": f"{folder / 'templates'}", "COLUMBA_DATABASE_URL": f"sqlite:///{folder / 'none.db'}"}
    return Settings.from_env(places | environ, directory=folder)


def app(folder: Path, monkeypatch: pytest.MonkeyPatch, *, target: str) -> dict[str, str]:
    """Write an app that renders for a target; return the setting that names it."""
    name = f"doctored_{target}"
    (folder / f"{name}.py").write_text(RENDERER.format(kind="a", target=target))
    monkeypatch.syspath_prepend(str(folder))
    return {"COLUMBA_APP": name}


def verdicts(found: Iterator[Finding]) -> list[Verdict]:
    """Return how each stands."""
    return [each.verdict for each in found]


def test_without_a_sender_it_is_told_that_every_sms_dies_unless_a_renderer_may_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (found,) = check_senders(read(tmp_path, SMS))
    assert (found.verdict, found.about) == (Verdict.PROBLEM, "sms")
    assert "every SMS is dead" in found.text
    assert found.fix is not None
    assert found.fix.startswith("set COLUMBA_SMS_SENDER")
    assert verdicts(check_senders(read(tmp_path, SMS | app(tmp_path, monkeypatch, target="email")))) == [
        Verdict.PROBLEM
    ]
    assert verdicts(check_senders(read(tmp_path, SMS | app(tmp_path, monkeypatch, target="sms")))) == [Verdict.NOTE]
    fine = ({"COLUMBA_SMS_SENDER": "SHOP"}, {"COLUMBA_TARGETS": "email"}, {"COLUMBA_SMS_ACCOUNT": "wrong"})
    assert [list(check_senders(read(tmp_path, SMS | each))) for each in fine] == [[], [], []]


def test_a_wrong_account_is_one_finding_and_not_the_end(tmp_path: Path) -> None:
    wrong = SMS | {"COLUMBA_SMS_ACCOUNT": "wrong"}
    assert list(check_webhooks(read(tmp_path, wrong))) == []  # of a target that is used, its own check tells
    (found,) = check_webhooks(read(tmp_path, wrong | {"COLUMBA_TARGETS": "email"}))
    assert found.verdict is Verdict.PROBLEM
    assert found.text.startswith("COLUMBA_SMS_ACCOUNT: must be")


def test_kinds_are_counted_once_and_by_target_where_there_are_several(tmp_path: Path) -> None:
    for kind, files in {"a": ("sms.txt",), "b": ("sms.txt", "push.body.txt")}.items():
        (tmp_path / "templates" / kind).mkdir(parents=True)
        for file in files:
            (tmp_path / "templates" / kind / file).write_text("Hello")
    for targets, told in {"sms,push": "2 kinds (sms 2, push 1) in ", "sms": "2 kinds in "}.items():
        _, found = check_wording(read(tmp_path, {"COLUMBA_TARGETS": targets}))
        assert found.text.startswith(told)


def test_advice_names_the_settings_that_somebody_has_set(tmp_path: Path) -> None:
    url = {"COLUMBA_SMS_URL": f"http://{LOOPBACK}:{next(free_ports())}"}
    kit = simple_kit(SmsTarget, read(tmp_path, SMS | url))
    assert [each.fix for each in kit.checks] == [
        "mend what it leads to, or COLUMBA_SMS_ACCOUNT, COLUMBA_SMS_TOKEN, COLUMBA_SMS_URL"
    ]
    asyncio.run(kit.target.close())


def test_a_new_folder_without_a_log_is_no_problem_for_who_makes_it(tmp_path: Path) -> None:
    (found,) = check_database(read(tmp_path, {}))
    assert (found.verdict, found.about) == (Verdict.NOTE, "log")
    assert found.fix is not None
    assert "`columba up` creates it" in found.fix
    assert verdicts(check_database(read(tmp_path, {"COLUMBA_BROKER_URL": "amqp://127.0.0.1/"}))) == [Verdict.PROBLEM]
    assert not (tmp_path / "none.db").exists()


def test_an_outbox_whose_driver_is_missing_is_told_before_there_is_a_log_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    settings = read(tmp_path, {"COLUMBA_OUTBOX_URL": "postgresql+psycopg://host/name"})
    before = list(check_database(settings))
    assert [(each.verdict, each.about) for each in before] == [(Verdict.NOTE, "log"), (Verdict.PROBLEM, "outbox")]
    assert before[1].text == "COLUMBA_OUTBOX_URL needs the driver psycopg"
    assert before[1].fix == "install columba-consumers[postgres]"
    blank_file(tmp_path / "none.db")
    after = [each for each in check_database(settings) if each.verdict is Verdict.PROBLEM]
    assert after == before[1:]


def test_settings_at_their_defaults_are_counted_and_shown_to_whoever_asks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = read(tmp_path, {"COLUMBA_LEASE": "40"})
    known = values(found, own_settings(found))
    show_settings(known, everything=False)
    told = capsys.readouterr().out
    assert "COLUMBA_LEASE" in told
    assert "COLUMBA_MAX_ATTEMPTS" not in told
    assert f"{len(known) - 3} settings are at the default; --all shows them." in told
    show_settings(known, everything=True)
    told = capsys.readouterr().out
    assert "COLUMBA_MAX_ATTEMPTS" in told
    assert "--all" not in told
