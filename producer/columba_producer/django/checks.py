"""Django's system checks: what is wrong with the settings is told before anything is sent."""

from collections.abc import Iterator, Mapping

from columba_shared.errors import ColumbaError, InvalidSettings
from columba_shared.redaction import redacted
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
