"""The settings of a process: read once, at its edge, and never changed."""

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self

from columba_shared.errors import InvalidSetting, InvalidSettings
from columba_shared.settings.bouncing import LONGEST_SIGNED, Often
from columba_shared.settings.keys import Keys
from columba_shared.settings.of_target import TargetSettings, field_prefix, in_force, of_others, origins, prefix_of
from columba_shared.settings.parsers import Amount
from columba_shared.settings.setting import PREFIX, Origin, Setting, Source
from columba_shared.settings.showing import shown
from columba_shared.settings.signing_key import SigningKey
from columba_shared.settings.smtp_accounts import SmtpAccounts, SmtpRoute
from columba_shared.settings.sources import Sources, Unknown
from columba_shared.settings.table import SETTINGS
from columba_shared.settings.target_env import TargetEnv, key_of
from columba_shared.settings.unsubscribing import Place


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Settings:
    """Every setting's value, where each came from, and which variables nothing reads."""

    database_url: str
    broker_url: str
    app: str | None
    templates: Path
    locale: str
    zone: tzinfo
    targets: tuple[str, ...]
    producer: str
    contract: Path | None
    rules: tuple[str, ...] | None
    operator: str
    outbox_url: str
    blobs: str | None
    confirm_timeout: timedelta
    amqp_ca_file: Path | None
    smtp_url: str | None
    smtp_accounts: SmtpAccounts
    smtp_routes: tuple[SmtpRoute, ...]
    mail_from: str
    mail_domain: str
    sink_email: str | None
    sink_limit: Amount | None
    maildir: Path
    attachments_mib: int
    dkim_keys: tuple[SigningKey, ...]
    smtp_connections: int
    smtp_timeout: timedelta
    smtp_ca_file: Path | None
    smtp_rate: float | None
    smtp_warm_up: tuple[date, float] | None
    max_attempts: int
    retry_first: timedelta
    retry_longest: timedelta
    retry_network: timedelta
    prefetch: int | None
    render_seconds: timedelta
    render_threads: int
    lease: timedelta
    grace: timedelta
    reconcile_every: timedelta
    reconcile_grace: timedelta
    brake_automatic: Literal["warn", "pull", "off"]
    brake_volume: int
    brake_volume_floor: int
    brake_failures: int
    alive_file: Path | None
    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["text", "json"]
    unsubscribe_url: str | None
    unsubscribe_categories: tuple[str, ...]
    unsubscribe_keys: Keys
    web_listen: Place
    bounce_address: str | None
    bounce_keys: Keys
    bounce_trust: Literal["signed", "named"]
    bounce_soft: Often
    webhook_mailgun_key: Keys
    webhook_sendgrid_key: tuple[str, ...]
    webhook_postmark_secret: Keys
    webhook_ses_topics: tuple[str, ...]
    webhook_relay_secret: Keys
    of_target: Mapping[str, TargetSettings]
    """What holds for each target that comes with Columba, and for each of COLUMBA_TARGETS."""
    sources: Mapping[str, Source] = field(default_factory=dict)
    unknown: tuple[Unknown, ...] = ()
    table: tuple[Setting, ...] = SETTINGS
    """What was read: the settings of targets that do not come with Columba stand behind all others."""
    given: Sources = field(default_factory=lambda: Sources(environment={}))
    """Where targets look for settings of their own."""

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        first: Mapping[str, str] = MappingProxyType({}),
        directory: Path | None = None,
    ) -> Self:
        """Read everything; raises InvalidSettings that tells all that is wrong at once.

        ``first`` are variables that an app has set elsewhere: they count before those of the environment.
        """
        sources = Sources.of({**(os.environ if environ is None else environ), **first}, directory or Path.cwd())
        found = {setting.field: sources.find(setting) for setting in SETTINGS}
        values = {setting.field: _parsed(setting, found[setting.field], sources) for setting in SETTINGS}
        shared = {setting.field: values[setting.field] for setting in SETTINGS if setting.target is None}
        others = _of_others(values["targets"], sources)
        found |= {setting.field: sources.find(setting) for setting in others}
        values |= {setting.field: _parsed(setting, found[setting.field], sources) for setting in others}
        table = (*SETTINGS, *others)
        targets = tuple(dict.fromkeys(setting.target for setting in table if setting.target is not None))
        _check_together(values, sources, targets)
        if sources.problems:
            raise InvalidSettings(tuple(sources.problems))
        _derive(shared)
        return cls(
            **shared,
            of_target={target: in_force(target, values) for target in targets},
            sources=origins(found, values, targets=targets),
            unknown=tuple(sources.unknown(table)),
            table=table,
            given=replace(sources, problems=[]),
        )

    @property
    def embedded(self) -> bool:
        """Whether the broker is the one inside the process."""
        return self.broker_url == "memory://"

    def own(self, target: str, declared: tuple[Setting, ...]) -> TargetEnv:
        """Read what a target declares for itself; raises InvalidSettings that tells all that is wrong at once."""
        sources = replace(self.given, problems=list(_misdeclared(target, declared, self.table)))
        found = {setting.name: sources.find(setting) for setting in declared}
        values = {key_of(target, setting): _parsed(setting, found[setting.name], sources) for setting in declared}
        if sources.problems:
            raise InvalidSettings(tuple(sources.problems))
        return TargetEnv(target=target, everything=self, table=declared, values=values, sources=found)

    def shown(self, setting: Setting) -> str:
        """Return the value as people may see it."""
        return shown(setting, self._value(setting))

    def _value(self, setting: Setting) -> object:
        if setting.target is None:
            return getattr(self, setting.field)
        return getattr(self.of_target[setting.target], setting.field.removeprefix(field_prefix(setting.target)))

    def __repr__(self) -> str:
        """Show what was set, without secrets."""
        told = (
            f"{setting.field}={self.shown(setting)!r}"
            for setting in self.table
            if self.sources and self.sources[setting.field].origin is not Origin.DEFAULT
        )
        return f"Settings({', '.join(told)})"


def _of_others(targets: Iterable[str], sources: Sources) -> tuple[Setting, ...]:
    """Return the settings of the targets that others bring."""
    others, problems = of_others(targets, SETTINGS)
    sources.problems += problems
    return others


def _misdeclared(target: str, declared: Iterable[Setting], table: Iterable[Setting]) -> Iterator[InvalidSetting]:
    """Yield what is wrong with how a target declares its own settings."""
    taken = {setting.name for setting in table}
    begins = prefix_of(target)
    for setting in declared:
        if setting.name in taken:
            yield InvalidSetting(setting.name, f"is a setting of Columba's: {target} must call its own differently")
        elif not setting.name.startswith(begins):
            yield InvalidSetting(setting.name, f"must begin with {begins}, since {target} declares it")


def _parsed(setting: Setting, source: Source, sources: Sources) -> Any:  # noqa: ANN401 - each setting has its own type
    try:
        return setting.parse(source.text)
    except ValueError as error:
        sources.problems.append(InvalidSetting(setting.name, str(error)))
        return setting.parse(setting.default)


def _check_together(values: Mapping[str, Any], sources: Sources, targets: Iterable[str]) -> None:
    """Find values that are fine alone and wrong together."""
    if values["unsubscribe_url"] is not None:
        for name in ("unsubscribe_categories", "unsubscribe_keys"):
            if not values[name] and not any(each.name == f"{PREFIX}{name.upper()}" for each in sources.problems):
                problem = "is needed for the links of COLUMBA_UNSUBSCRIBE_URL"
                sources.problems.append(InvalidSetting(f"{PREFIX}{name.upper()}", problem))
    _check_accounts(values, sources)
    sources.problems += _wrong_bounces(values)
    if values["retry_first"] > values["retry_longest"]:
        sources.problems.append(InvalidSetting("COLUMBA_RETRY_FIRST", "must not exceed COLUMBA_RETRY_LONGEST"))
        return
    for target in targets:
        chosen = in_force(target, values)
        if chosen.retry_first > chosen.retry_longest:
            name = f"{prefix_of(target)}RETRY"
            problem = f"must not exceed {name}_LONGEST, or what holds in its place: COLUMBA_RETRY_LONGEST"
            sources.problems.append(InvalidSetting(f"{name}_FIRST", problem))


def _check_accounts(values: Mapping[str, Any], sources: Sources) -> None:
    if values["smtp_url"] is not None and values["smtp_accounts"]:
        sources.problems.append(InvalidSetting("COLUMBA_SMTP_ACCOUNTS", "takes the place of COLUMBA_SMTP_URL: set one"))
    if any(each.name == "COLUMBA_SMTP_ACCOUNTS" for each in sources.problems):
        return
    known = {account.name for account in values["smtp_accounts"]}
    for route in values["smtp_routes"]:
        unknown = next((name for name in route.accounts if name not in known), None)
        if unknown is not None:
            problem = f"{route}: COLUMBA_SMTP_ACCOUNTS has no account {unknown!r}"
            sources.problems.append(InvalidSetting("COLUMBA_SMTP_ROUTES", problem))


def _wrong_bounces(values: Mapping[str, Any]) -> list[InvalidSetting]:
    """Return what is wrong with where bounces go."""
    address = values["bounce_address"]
    if values["bounce_trust"] == "signed" and address is None:
        return [
            InvalidSetting("COLUMBA_BOUNCE_ADDRESS", "is needed: without it nothing is signed, and nothing believed")
        ]
    if values["bounce_keys"] and address and len(address.partition("@")[0]) > LONGEST_SIGNED:
        problem = f"has at most {LONGEST_SIGNED} characters before its @, so that a signature fits behind them"
        return [InvalidSetting("COLUMBA_BOUNCE_ADDRESS", problem)]
    if values["bounce_trust"] == "signed" and not values["bounce_keys"]:
        return [InvalidSetting("COLUMBA_BOUNCE_KEYS", "is needed: without it nothing is signed, and nothing believed")]
    return []


def _derive(values: dict[str, Any]) -> None:
    """Fill in what follows from other settings or from the host when it was not set."""
    values["outbox_url"] = values["outbox_url"] or values["database_url"]
    values["bounce_trust"] = values["bounce_trust"] or (
        "signed" if values["bounce_keys"] and values["bounce_address"] else "named"
    )
    values["mail_from"] = values["mail_from"] or f"columba@{socket.gethostname()}"
    values["mail_domain"] = values["mail_domain"] or values["mail_from"].rpartition("@")[2].rstrip(">")
