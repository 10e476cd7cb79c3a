"""The targets that come with Columba, made from settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from columba_shared.errors import InvalidSetting
from columba_shared.log.caps import EVERY_KIND, Cap
from columba_shared.redaction import redacted
from columba_shared.settings import Settings

from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.decision import InDoubtPolicy, Policy
from columba_consumers.delivery.quiet import QuietHours
from columba_consumers.pace.limits import OTHERS, Limits
from columba_consumers.rendering import EMAIL_PARTS, MessageParts
from columba_consumers.targets.account import AccountKit, Choice
from columba_consumers.targets.email import EmailTarget, email_settings
from columba_consumers.targets.email.accounts import MailAccount
from columba_consumers.targets.email.addresses import domain_of
from columba_consumers.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetKit:
    """A target, where it leads to in words, what its messages consist of, and what follows when it fails."""

    target: Target
    leads_to: str
    parts: MessageParts[Any]
    policy: Policy
    limits: Limits = field(default_factory=Limits)
    account: str | None = None
    """The only account that all of it goes by, if that has a name."""
    accounts: tuple[AccountKit, ...] = ()
    """The accounts to choose from; none where there is no choice."""
    choose: Choice | None = None


def target_kits(settings: Settings, names: Sequence[str]) -> tuple[TargetKit, ...]:
    """Return these targets, ready to be used; raises InvalidSetting for one that does not exist."""
    unknown = sorted(set(names) - set(_MAKERS))
    if unknown:
        known = ", ".join(sorted(_MAKERS))
        raise InvalidSetting("COLUMBA_TARGETS", f"there is no target {unknown[0]!r}; there are: {known}")
    return tuple(_MAKERS[name](settings) for name in names)


def parts_of(names: Sequence[str]) -> tuple[MessageParts[Any], ...]:
    """Return what these targets' messages consist of, without making the targets; an unknown one is left out."""
    return tuple(_PARTS[name] for name in names if name in _PARTS)


def policies(settings: Settings) -> dict[str, Policy]:
    """Return every built-in target's policy, without opening anything: the reconciler's need."""
    return {target: _policy(settings, target) for target in _MAKERS}


def _email(settings: Settings) -> TargetKit:
    mail = email_settings(settings)
    target = EmailTarget(mail)
    only = mail.accounts[0] if len(mail.accounts) == 1 else None
    return TargetKit(
        target=target,
        leads_to=_email_leads_to(settings),
        parts=EMAIL_PARTS,
        policy=_policy(settings, "email"),
        limits=_email_limits(settings, only),
        account=None if only is None else only.name,
        accounts=tuple(
            AccountKit(account=account, leads_to=redacted(given.url), limits=known.limits)
            for account, known, given in zip(target.accounts, mail.accounts, settings.smtp_accounts, strict=False)
        ),
        choose=target.accounts_of,
    )


def _email_limits(settings: Settings, only: MailAccount | None) -> Limits:
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


def _email_leads_to(settings: Settings) -> str:
    if settings.sink_email:
        return f"{settings.sink_email} alone (COLUMBA_SINK_EMAIL)"
    if settings.smtp_url:
        return redacted(settings.smtp_url)
    if settings.smtp_accounts:
        return str(settings.smtp_accounts)
    return f"the folder {settings.maildir}: COLUMBA_SMTP_URL is not set"


def _policy(settings: Settings, target: str) -> Policy:
    chosen = settings.of_target[target]
    retry = RetryPolicy(
        max_attempts=chosen.max_attempts,
        first=chosen.retry_first,
        longest=chosen.retry_longest,
        network=chosen.retry_network,
    )
    caps = tuple(Cap(pattern=pattern, number=number, period=period) for pattern, number, period in chosen.caps)
    if target == "email" and settings.sink_email is not None and settings.sink_limit is not None:
        number, period = settings.sink_limit
        caps += (Cap(pattern=EVERY_KIND, number=number, period=period, sink=True),)
    quiet = None if chosen.quiet is None else QuietHours(begin=chosen.quiet[0], end=chosen.quiet[1], zone=settings.zone)
    return Policy(
        retry=retry, in_doubt=InDoubtPolicy(chosen.in_doubt), quiet=quiet, keeps=chosen.keep == "sent", caps=caps
    )


_MAKERS: Final[dict[str, Callable[[Settings], TargetKit]]] = {"email": _email}
_PARTS: Final[dict[str, MessageParts[Any]]] = {"email": EMAIL_PARTS}
BUILT_IN: Final = frozenset(_MAKERS)
"""Their names."""
