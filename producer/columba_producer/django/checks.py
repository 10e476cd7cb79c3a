"""Django's system checks: what is wrong with the settings is told before anything is sent."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec

from columba_shared.errors import ColumbaError, InvalidSetting, InvalidSettings, MissingExtra
from columba_shared.redaction import redacted
from columba_shared.settings import Settings
from columba_shared.settings.setting import PREFIX, Origin
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - as Django calls it
from django.db import connections

from columba_producer.contract import Contract
from columba_producer.django.configuration import NAME, Configuration
from columba_producer.django.database_url import database_url
from columba_producer.django.tables import table_for

_BACKEND = "columba_producer.django."
_SAFE_MODES = frozenset({"IMMEDIATE", "EXCLUSIVE"})


def check_settings(**_: object) -> list[CheckMessage]:
    """Return an error for each setting that cannot be used, and a warning for each that will be regretted."""
    try:
        configuration = Configuration.from_settings()
    except InvalidSettings as error:
        return [
            Error(
                f"{each.name}: {each.problem}",
                hint="docs/settings.md has them all, docs/django.md Django's own.",
                id="columba.E001",
            )
            for each in error.problems
        ]
    return [*_useless(configuration), *_regretted(configuration), *_driverless(configuration)]


def _useless(configuration: Configuration) -> Iterator[CheckMessage]:
    """Yield what makes every mail or event fail, though each setting alone is fine."""
    found = configuration.settings
    alias = configuration.outbox
    needed = found.embedded or configuration.in_transaction == "outbox" or configuration.when_away == "spool"
    if needed and table_for(connections[alias].vendor) is None:
        yield Error(
            f"{NAME}['OUTBOX']: {alias!r} is a database without an outbox: {connections[alias].vendor}",
            hint="Name the alias of one on SQLite, PostgreSQL, MariaDB or MySQL.",
            id="columba.E002",
        )
    if "email" not in found.targets and any(each.startswith(_BACKEND) for each in _backends()):
        yield Error(
            f"{NAME}['TARGETS']: has no 'email', by which the project's email backend sends: {list(found.targets)}",
            hint="Add it, or choose another email backend.",
            id="columba.E003",
        )
    if found.contract is not None:
        try:
            Contract.read(found.contract, setting=f"{NAME}['CONTRACT']")
        except ColumbaError as error:
            yield Error(str(error), hint="`columba templates contract` writes it.", id="columba.E004")


def _regretted(configuration: Configuration) -> Iterator[CheckMessage]:
    """Yield what works until it does not."""
    found = configuration.settings
    connection = connections[configuration.outbox]
    if connection.vendor == "sqlite" and not connection.is_in_memory_db():
        mode = str(connection.settings_dict["OPTIONS"].get("transaction_mode") or "")
        if mode.upper() not in _SAFE_MODES:
            yield Warning(
                f"DATABASES[{configuration.outbox!r}]: Columba writes into this file beside the project; a transaction "
                "that reads before it writes fails with 'database is locked' then",
                hint='"OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30} lets it wait for its turn.',
                id="columba.W001",
            )
    if not settings.DEBUG and _goes_to_a_folder(found):
        yield Warning(
            f"nobody says which mail server Columba is to use: mail goes to the folder {found.maildir}",
            hint=f'{NAME} = {{"SMTP_URL": "{_smtp_url()}"}}, or "MAILDIR" for a folder; where consumers know it from '
            'their own environment, SILENCED_SYSTEM_CHECKS = ["columba.W003"].',
            id="columba.W003",
        )
    on_server = table_for(connection.vendor) is not None and connection.vendor != "sqlite"
    if found.embedded and on_server and found.sources["database_url"].origin is Origin.DEFAULT:
        yield Warning(
            f"{NAME}['DATABASE_URL']: nobody has said where the log is; without a broker it is a SQLite file, and "
            f"DATABASES[{configuration.outbox!r}] is none, so that `manage.py columba` refuses to start",
            hint=f'{NAME} = {{"DATABASE_URL": "sqlite:////var/lib/shop/columba.db"}} names one.',
            id="columba.W004",
        )
    for key, value in getattr(settings, NAME, {}).items():
        if isinstance(value, str) and redacted(value) != value:
            yield Warning(
                f"{NAME}[{key!r}]: has a password, which Django shows in its error pages and mails",
                hint=f"Leave it to the environment: COLUMBA_{key}, or a file that COLUMBA_{key}_FILE names.",
                id="columba.W002",
            )


def _driverless(configuration: Configuration) -> Iterator[CheckMessage]:
    """Yield what keeps consumers from starting here: Django's own driver is not always the one that they work with.

    Where they are not installed, they run elsewhere, and it is nobody's business here.
    """
    if find_spec("columba_consumers") is None:
        return
    urls = dict(_servers(configuration))
    for missing in filter(None, (_missing_driver(name, url) for name, url in urls.items())):
        what, _, how = missing.partition("; ")
        yield Warning(
            f"{what}, without which `manage.py columba` cannot start",
            hint=f"{how.capitalize() or 'Install it'}.",
            id="columba.W005",
        )


def _servers(configuration: Configuration) -> Iterator[tuple[str, str]]:
    """Yield where the log and the outbox are, unless that is a file, each under the name by which it is set."""
    found, alias = configuration.settings, configuration.outbox
    for name in ("database_url", "outbox_url"):
        url: str = getattr(found, name)
        if found.sources[name].origin is not Origin.DEFAULT and not url.startswith("sqlite"):
            yield f"{PREFIX}{name.upper()}", url
    vendor = connections[alias].vendor
    if found.sources["outbox_url"].origin is Origin.DEFAULT and table_for(vendor) is not None and vendor != "sqlite":
        with suppress(InvalidSetting):  # a database that no URL describes: whatever needs one says so
            yield f"DATABASES[{alias!r}]", database_url(alias)


def _missing_driver(name: str, url: str) -> str | None:
    """Return what says which driver is missing; None: it is there, or something else is wrong."""
    from columba_shared.log.engine import connect  # noqa: PLC0415 - an app that only publishes need not have it

    try:
        connect(url, setting=name).dispose()
    except MissingExtra as error:
        return str(error)
    except InvalidSetting:
        return None
    return None


def _goes_to_a_folder(found: Settings) -> bool:
    """Say whether mail is written into a folder that nobody has chosen for it."""
    chosen = found.smtp_url is not None or found.smtp_accounts
    return "email" in found.targets and not chosen and found.sources["maildir"].origin is Origin.DEFAULT


def _smtp_url() -> str:
    """Return what the settings of Django's own backend say, without the password."""
    if not hasattr(settings, "EMAIL_HOST"):  # from Django 6.1 on, where MAILERS has taken the place of it
        return "smtp://user:PASSWORD@mail.example.org:587"
    scheme = "smtps" if settings.EMAIL_USE_SSL else "smtp"
    login = f"{settings.EMAIL_HOST_USER}:PASSWORD@" if settings.EMAIL_HOST_USER else ""
    return f"{scheme}://{login}{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"


def _backends() -> list[str]:
    """Return the paths of the backends that the project's mails go by."""
    mailers: Mapping[str, Mapping[str, str]] | None = getattr(settings, "MAILERS", None)
    if mailers is None:
        return [str(settings.EMAIL_BACKEND)]
    return [str(each.get("BACKEND", "")) for each in mailers.values()]
