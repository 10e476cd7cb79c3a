"""The email target as the core wants it: with its accounts, its limits, and what the doctor says of it."""

from collections.abc import Iterator
from dataclasses import replace

from columba_shared.errors import InvalidSetting
from columba_shared.redaction import redacted
from columba_shared.settings import Settings

from columba_consumers.pace.limits import OTHERS, Limits
from columba_consumers.rendering.email_parts import EMAIL_PARTS
from columba_consumers.targets.account import AccountKit
from columba_consumers.targets.email.accounts import MailAccount
from columba_consumers.targets.email.addresses import domain_of
from columba_consumers.targets.email.settings import email_settings
from columba_consumers.targets.email.target import EmailTarget
from columba_consumers.targets.kit import Check, Hint, TargetKit
from columba_consumers.targets.policy import policy_of


def email_kit(settings: Settings) -> TargetKit:
    """Return the email target, made from the settings; raises InvalidSetting."""
    mail = email_settings(settings)
    target = EmailTarget(mail)
    only = mail.accounts[0] if len(mail.accounts) == 1 else None
    accounts = tuple(
        AccountKit(account=account, leads_to=redacted(given.url), limits=known.limits)
        for account, known, given in zip(target.accounts, mail.accounts, settings.smtp_accounts, strict=False)
    )
    alone = Check(probe=target.probe, works=_works(settings), fix=_fix(settings))
    return TargetKit(
        target=target,
        leads_to=_leads_to(settings),
        parts=EMAIL_PARTS,
        policy=policy_of(settings, "email"),
        checks=tuple(_checks(accounts, settings)) or (alone,),
        hints=tuple(_unused(settings)) if accounts else (),
        limits=_limits(settings, only),
        account=None if only is None else only.name,
        accounts=accounts,
        choose=target.accounts_of,
    )


def _limits(settings: Settings, only: MailAccount | None) -> Limits:
    """Return mail's limits, with those of its only account; a domain is meant however it is spelled."""
    chosen = settings.of_target["email"]
    return replace(
        Limits() if only is None else only.limits,
        together=chosen.rate,
        alone=chosen.rate_per_process,
        by_destination={_domain(name): rate for name, rate in chosen.rates.items()},
    )


def _domain(name: str) -> str:
    domain = name if name == OTHERS else domain_of(name)
    if not domain:
        raise InvalidSetting("COLUMBA_EMAIL_RATES", f"{name!r} is not the name of a domain, and not {OTHERS}")
    return domain


def _leads_to(settings: Settings) -> str:
    if settings.sink_email:
        return f"{settings.sink_email} alone (COLUMBA_SINK_EMAIL)"
    if settings.smtp_url:
        return redacted(settings.smtp_url)
    if settings.smtp_accounts:
        return str(settings.smtp_accounts)
    return f"the folder {settings.maildir}: COLUMBA_SMTP_URL is not set"


def _checks(accounts: tuple[AccountKit, ...], settings: Settings) -> Iterator[Check]:
    """Yield what there is to ask of several accounts: each is tried."""
    sink = f", and every mail goes to {settings.sink_email} (COLUMBA_SINK_EMAIL)" if settings.sink_email else ""
    for each in accounts:
        yield Check(
            probe=each.account.probe,
            works=f"{each.leads_to} answers and lets us in{sink}",
            fix=f"mend account {each.account.name} in COLUMBA_SMTP_ACCOUNTS, or what it names",
            about=f"account {each.account.name}",
        )


def _unused(settings: Settings) -> Iterator[Hint]:
    """Yield each account that no route leads to."""
    used = {account for route in settings.smtp_routes for account in route.accounts}
    if not any(route.pattern == "*" for route in settings.smtp_routes):
        used.add(settings.smtp_accounts[0].name)
    for account in settings.smtp_accounts:
        if account.name not in used:
            yield Hint(
                text=f"account {account.name}: no route leads to it, only messages that name it go by it",
                fix=f"add it to COLUMBA_SMTP_ROUTES, such as *={account.name}, if it is to take over",
            )


def _works(settings: Settings) -> str:
    if settings.sink_email:
        return f"every mail goes to {settings.sink_email} (COLUMBA_SINK_EMAIL)"
    if settings.smtp_accounts:
        return f"account {settings.smtp_accounts[0]} answers and lets us in"
    if settings.smtp_url:
        return f"{redacted(settings.smtp_url)} answers and lets us in"
    return f"no mail server is set: mail goes to the folder {settings.maildir}"


def _fix(settings: Settings) -> str:
    if settings.smtp_accounts:
        return "mend COLUMBA_SMTP_ACCOUNTS, or what it names"
    if settings.smtp_url is None:
        return "make COLUMBA_MAILDIR a folder that can be written, or set COLUMBA_SMTP_URL"
    return "mend COLUMBA_SMTP_URL, or what it names"
