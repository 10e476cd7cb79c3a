"""The targets that come with Columba, made from settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from columba_shared.errors import InvalidSetting
from columba_shared.log.caps import Cap
from columba_shared.log.destinations import MAX_NAME
from columba_shared.log.flow import Ramp
from columba_shared.redaction import redacted
from columba_shared.settings import Settings

from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.decision import InDoubtPolicy, Policy
from columba_consumers.delivery.quiet import QuietHours
from columba_consumers.pace.limits import OTHERS, Limits
from columba_consumers.rendering import EMAIL_PARTS, MessageParts
from columba_consumers.targets.email import EmailTarget, email_settings
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


def target_kits(settings: Settings, names: Sequence[str]) -> tuple[TargetKit, ...]:
    """Return these targets, ready to be used; raises InvalidSetting for one that does not exist."""
    unknown = sorted(set(names) - set(_MAKERS))
    if unknown:
        known = ", ".join(sorted(_MAKERS))
        raise InvalidSetting("COLUMBA_TARGETS", f"there is no target {unknown[0]!r}; there are: {known}")
    return tuple(_MAKERS[name](settings) for name in names)


def policies(settings: Settings) -> dict[str, Policy]:
    """Return every built-in target's policy, without opening anything: the reconciler's need."""
    return {target: _policy(settings, target) for target in _MAKERS}


def _email(settings: Settings) -> TargetKit:
    return TargetKit(
        target=EmailTarget(email_settings(settings)),
        leads_to=_email_leads_to(settings),
        parts=EMAIL_PARTS,
        policy=_policy(settings, "email"),
        limits=_email_limits(settings),
    )


def _email_limits(settings: Settings) -> Limits:
    """Return mail's limits; an account is a user on a server, and a domain is meant however it is spelled."""
    server, chosen = email_settings(settings).server, settings.of_target["email"]
    return Limits(
        together=chosen.rate,
        alone=chosen.rate_per_process,
        account=None if server is None else f"account {server.account}"[:MAX_NAME],
        by_account=settings.smtp_rate,
        warm_up=_warm_up(settings),
        by_destination={_domain(name): rate for name, rate in chosen.rates.items()},
    )


def _warm_up(settings: Settings) -> Ramp | None:
    if settings.smtp_warm_up is None:
        return None
    day, rate = settings.smtp_warm_up
    return Ramp(rate=rate, since=datetime.combine(day, time(), UTC), doubles=timedelta(days=1))


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
    quiet = None if chosen.quiet is None else QuietHours(begin=chosen.quiet[0], end=chosen.quiet[1], zone=settings.zone)
    return Policy(
        retry=retry, in_doubt=InDoubtPolicy(chosen.in_doubt), quiet=quiet, keeps=chosen.keep == "sent", caps=caps
    )


_MAKERS: Final[dict[str, Callable[[Settings], TargetKit]]] = {"email": _email}
BUILT_IN: Final = frozenset(_MAKERS)
"""Their names."""
