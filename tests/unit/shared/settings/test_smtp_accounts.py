"""Accounts are read strictly, and shown without what is secret."""

from datetime import date
from pathlib import Path

import pytest
from columba_shared.errors import InvalidSettings
from columba_shared.settings import Settings
from columba_shared.settings.smtp_accounts import SmtpRoute, smtp_accounts, smtp_routes
from columba_shared.settings.table import SETTINGS

_TWO = "main=smtps://u:s%3Bcret@mail.example.com?rate=20/s&connections=3; news=smtp://n:hunter2@b.example.com?tls=none"


def _settings(**variables: str) -> Settings:
    return Settings.from_env({f"COLUMBA_{name}": text for name, text in variables.items()}, directory=Path("nowhere"))


def test_an_account_has_what_its_url_says_of_it_alone() -> None:
    main, news = smtp_accounts(_TWO)
    assert (main.name, main.url, main.rate, main.connections, main.warm_up) == (
        "main",
        "smtps://u:s%3Bcret@mail.example.com",
        20.0,
        3,
        None,
    )
    assert (news.url, news.rate, news.connections) == ("smtp://n:hunter2@b.example.com?tls=none", None, None)
    (warm,) = smtp_accounts("a=smtp://localhost?warm_up=2026-11-21=86400/d")
    assert warm.warm_up == (date(2026, 11, 21), 1.0)


def test_no_password_of_an_account_is_shown_anywhere() -> None:
    found = _settings(SMTP_ACCOUNTS=_TWO)
    (setting,) = (each for each in SETTINGS if each.name == "COLUMBA_SMTP_ACCOUNTS")
    told = f"{found!r} {found.shown(setting)} {found.smtp_accounts!r} {found.smtp_accounts[0]!r} {found.smtp_accounts}"
    assert not any(secret in told for secret in ("cret", "hunter2"))
    assert "main=smtps://u:***@mail.example.com; news=smtp://n:***@b.example.com" in told


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("smtp://u:hunter2@host", "must be accounts as name=url"),
        ("Main=smtp://u:hunter2@host", "must be accounts as name=url"),
        ("a=smtp://u:hunter2@host; a=smtp://host", "names the account a twice"),
        ("a=smtp://u:hunter2@host:99999", "the account a: must be an SMTP URL"),
        ("a=smtp://u:hunter2@host?rate=much", "the account a: must be so many a second"),
        ("a=smtp://u:x@host?hunter2=20/s", "the account a: the options are"),
        ("a=smtp://u:hunter2@host?connections=0", "the account a: must be a whole number"),
        ("a=smtp://u:hun;ter2@host", "the account a: must be an SMTP URL|must be accounts"),
    ],
)
def test_what_is_wrong_with_an_account_is_said_without_its_url(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        smtp_accounts(text)
    assert "hunter2" not in str(caught.value)


def test_routes_keep_their_order() -> None:
    assert smtp_routes("news.*=news,main; @Example.com=main; *=main") == (
        SmtpRoute("news.*", ("news", "main")),
        SmtpRoute("@example.com", ("main",)),
        SmtpRoute("*", ("main",)),
    )


@pytest.mark.parametrize("text", ["news", "news=", "=main", "news=a b", "@=a", "a=b,b", "a=b;a=c", "New=a", "a.*.b=c"])
def test_a_route_that_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be kinds|twice"):
        smtp_routes(text)


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"SMTP_ACCOUNTS": "a=smtp://localhost", "SMTP_ROUTES": "*=b"}, "COLUMBA_SMTP_ROUTES"),
        ({"SMTP_ROUTES": "*=a"}, "COLUMBA_SMTP_ROUTES"),
        ({"SMTP_ACCOUNTS": "a=smtp://localhost", "SMTP_URL": "smtp://localhost"}, "COLUMBA_SMTP_ACCOUNTS"),
    ],
)
def test_settings_that_do_not_go_together_are_told(variables: dict[str, str], name: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        _settings(**variables)
    assert [each.name for each in caught.value.problems] == [name]
