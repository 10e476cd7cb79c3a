"""What doctor and `columba web` say of webhooks where a library is not installed."""

import importlib.util
import sys
from pathlib import Path

import pytest
from columba_consumers.bounces.posted.providers import named, providers
from columba_consumers.cli.checks.finding import Verdict
from columba_consumers.cli.checks.webhooks import check_webhooks
from columba_shared.errors import InvalidSetting
from columba_shared.settings import Settings

from tests.posted import mailgun, sendgrid, sns

MAILGUN = {"COLUMBA_WEBHOOK_MAILGUN_KEY": mailgun.KEY}
SENDGRID = {"COLUMBA_WEBHOOK_SENDGRID_KEY": sendgrid.public()}
SES = {"COLUMBA_WEBHOOK_SES_TOPICS": sns.TOPIC}
_find_spec = importlib.util.find_spec


def read(folder: Path, environ: dict[str, str]) -> Settings:
    return Settings.from_env(environ, directory=folder)


@pytest.fixture
def without_cryptography(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python find no `cryptography`, and forget what has loaded it."""
    for name in [each for each in sys.modules if each.startswith("columba_consumers.bounces.posted.")]:
        if name.rpartition(".")[2] in {"sendgrid", "ses", "sns", "certificates"}:
            monkeypatch.delitem(sys.modules, name)
    for name in [each for each in sys.modules if each.partition(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    hidden = "columba_consumers.cli.checks.webhooks.find_spec"
    monkeypatch.setattr(hidden, lambda name: None if name == "cryptography" else _find_spec(name))


def test_where_none_is_set_there_is_nothing_to_say(tmp_path: Path) -> None:
    settings = read(tmp_path, {})
    assert (list(check_webhooks(settings)), providers(settings)) == ([], {})


def test_those_that_are_set_are_named(tmp_path: Path) -> None:
    settings = read(tmp_path, MAILGUN | SENDGRID | SES)
    assert list(named(settings)) == list(providers(settings)) == ["mailgun", "sendgrid", "ses"]


def test_a_place_for_receipts_where_nobody_takes_them_is_noted(tmp_path: Path) -> None:
    def verdicts(url: str) -> list[Verdict]:
        return [each.verdict for each in check_webhooks(read(tmp_path, {"COLUMBA_SMS_RECEIPTS": url}))]

    assert verdicts("https://columba.example.com/receipts/twilio/") == [Verdict.OK]
    assert verdicts("https://example.com/columba/receipts/twilio") == [Verdict.OK]
    assert verdicts("https://columba.example.com") == [Verdict.OK, Verdict.NOTE]


@pytest.mark.usefixtures("without_cryptography")
@pytest.mark.parametrize("environ", [SENDGRID, SES, MAILGUN | SES])
def test_one_that_needs_a_library_which_lacks_says_how_to_install_it(tmp_path: Path, environ: dict[str, str]) -> None:
    settings = read(tmp_path, environ)
    (found,) = check_webhooks(settings)
    assert (found.verdict, found.fix) == (Verdict.PROBLEM, "pip install 'columba-consumers[web]'")
    assert "cryptography is not installed" in found.text
    with pytest.raises(InvalidSetting, match=r"COLUMBA_WEBHOOK_S\w+.*columba-consumers\[web\]"):
        providers(settings)


@pytest.mark.usefixtures("without_cryptography")
def test_one_that_needs_none_works_without(tmp_path: Path) -> None:
    settings = read(tmp_path, MAILGUN)
    assert list(providers(settings)) == ["mailgun"]
    assert [each.verdict for each in check_webhooks(settings)] == [Verdict.OK]


def test_a_signed_bounce_address_names_the_mail_to_amazon(tmp_path: Path) -> None:
    signed = {"COLUMBA_BOUNCE_ADDRESS": "bounces@example.com", "COLUMBA_BOUNCE_KEYS": "k" * 32}
    assert [each.verdict for each in check_webhooks(read(tmp_path, SES | signed))] == [Verdict.OK]
    assert [each.verdict for each in check_webhooks(read(tmp_path, SES))] == [Verdict.OK, Verdict.NOTE]
