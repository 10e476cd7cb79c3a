"""By which accounts a mail goes: what it says itself, then the first route that fits, then the first account."""

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import InvalidMessage
from columba_consumers.raw_email import RawEmail
from columba_consumers.targets.email.addresses import mailbox
from columba_consumers.targets.email.routes import Routes
from columba_shared.errors import InvalidSetting
from columba_shared.settings.smtp_accounts import smtp_routes

_PLAIN = EmailMessage(subject="s", text="t")
_RAW = b"From: Ann <ann@news.bulk.example>\r\n\r\nhi\r\n"


def _routes(text: str = "") -> Routes:
    sender = mailbox("shop@Example.com", "From")
    return Routes.of(smtp_routes(text), accounts=("main", "news", "spare"), sender=sender)


def test_without_a_route_everything_goes_by_the_first_account() -> None:
    assert _routes().accounts_of(_PLAIN, "invoice.ready") == ("main",)


@pytest.mark.parametrize(
    ("kind", "accounts"),
    [("news.weekly", ("news", "spare")), ("news", ("main",)), ("password.reset", ("spare",)), ("other", ("main",))],
)
def test_the_first_route_that_fits_a_kind_counts(kind: str, accounts: tuple[str, ...]) -> None:
    routes = _routes("news.*=news,spare; password.reset=spare; password.*=news; news.weekly=main; *=main")
    assert routes.accounts_of(_PLAIN, kind) == accounts


@pytest.mark.parametrize(
    ("message", "accounts"),
    [
        (_PLAIN, ("spare",)),
        (EmailMessage(subject="s", text="t", sender="News <x@bulk.example>"), ("news",)),
        (EmailMessage(subject="s", text="t", sender="x@notbulk.example"), ("main",)),
        (EmailMessage(subject="s", text="t", sender="x@BÜCHER.example"), ("main", "news")),
        (RawEmail(content=_RAW), ("news",)),
    ],
)
def test_a_domain_is_that_of_who_sends_and_all_below_it(message: object, accounts: tuple[str, ...]) -> None:
    routes = _routes("@bulk.example=news; @example.com=spare; @bücher.example=main,news")
    assert routes.accounts_of(message, "any.kind") == accounts


def test_a_mail_that_names_an_account_goes_by_that_one() -> None:
    routes = _routes("*=main")
    for named, accounts in (("news", ("news",)), (("spare", "main"), ("spare", "main"))):
        assert routes.accounts_of(EmailMessage(subject="s", text="t", account=named), "x") == accounts
        assert routes.accounts_of(RawEmail(content=_RAW, account=named), "x") == accounts


def test_a_mail_that_names_no_account_that_there_is_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="there is no account 'bulk'; there are: main, news, spare"):
        _routes().accounts_of(EmailMessage(subject="s", text="t", account=("main", "bulk")), "x")


def test_a_domain_that_can_be_none_is_told() -> None:
    with pytest.raises(InvalidSetting, match="COLUMBA_SMTP_ROUTES"):
        _routes("@exam_ple=main")
