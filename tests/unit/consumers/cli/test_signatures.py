"""The doctor looks at the keys that sign mail as receivers will."""

from pathlib import Path

import pytest
from columba_consumers.cli.checks.finding import Verdict
from columba_consumers.cli.checks.signatures import check_signatures
from columba_shared.settings import Settings

from tests.unit.consumers.targets.email.dkim.keys import key_in, record

_NAME = "ed25519._domainkey.example.com"


def _settings(folder: Path, *, keys: str | None = None, sender: str = "news@example.com") -> Settings:
    chosen = str(key_in(folder, "ed25519")) if keys is None else keys
    return Settings.from_env({"COLUMBA_DKIM_KEYS": chosen, "COLUMBA_MAIL_FROM": sender}, directory=folder)


def test_a_key_that_is_published_is_fine(tmp_path: Path) -> None:
    asked: list[str] = []

    def look_up(name: str) -> list[str]:
        asked.append(name)
        return [record("ed25519").decode()]

    (found,) = check_signatures(_settings(tmp_path), look_up=look_up)
    assert (found.verdict, asked) == (Verdict.OK, [_NAME])


@pytest.mark.parametrize(
    ("published", "told"),
    [
        ([], "nothing is published"),
        ([record("rsa").decode()], "another key is published"),
        (["v=DKIM1; k=ed25519; p="], "was revoked"),
        (["v=spf1 -all"], "is no key"),
        ([record("ed25519").decode()] * 2, "2 texts are published"),
    ],
)
def test_a_key_that_does_not_belong_there_is_a_problem(published: list[str], told: str, tmp_path: Path) -> None:
    (found,) = check_signatures(_settings(tmp_path), look_up=lambda _: published)
    assert (found.verdict, told in found.text) == (Verdict.PROBLEM, True)
    assert found.fix == f'publish at {_NAME}: "{record("ed25519").decode()}"'


def test_blanks_in_a_published_key_do_not_count(tmp_path: Path) -> None:
    text = record("ed25519").decode().replace(";", " ; ").replace("p=", "p= ")
    (found,) = check_signatures(_settings(tmp_path), look_up=lambda _: [text[:40] + " " + text[40:]])
    assert found.verdict is Verdict.OK


def test_a_dns_that_does_not_answer_is_told_and_no_problem(tmp_path: Path) -> None:
    def look_up(_: str) -> list[str]:
        raise OSError("the DNS does not answer: LifetimeTimeout")

    (found,) = check_signatures(_settings(tmp_path), look_up=look_up)
    assert (found.verdict, "the DNS does not answer" in found.text) == (Verdict.NOTE, True)


def test_a_key_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (found,) = check_signatures(_settings(tmp_path, keys=f"example.com=s:{tmp_path / 'none.pem'}"))
    assert (found.verdict, "none.pem cannot be read" in found.text) == (Verdict.PROBLEM, True)


@pytest.mark.parametrize(("sender", "signed"), [("a@shop.example.com", True), ("a@example.org", False)])
def test_a_sender_that_no_key_speaks_for_is_told(sender: str, *, signed: bool, tmp_path: Path) -> None:
    found = list(check_signatures(_settings(tmp_path, sender=sender), look_up=lambda _: [record("ed25519").decode()]))
    assert [each.verdict for each in found] == ([Verdict.OK] if signed else [Verdict.OK, Verdict.NOTE])


def test_without_keys_nothing_is_said(tmp_path: Path) -> None:
    assert list(check_signatures(_settings(tmp_path, keys=""))) == []
