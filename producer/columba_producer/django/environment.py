"""The project's settings as Columba's own processes read them: from the environment."""

from collections.abc import Mapping

from columba_shared.settings.setting import PREFIX, Origin
from django.conf import settings

from columba_producer.django.configuration import Configuration, shared_settings
from columba_producer.django.database_url import database_url, is_file


def environment(configuration: Configuration, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with what the project sets, where its outbox is, and by whom its mails are.

    Without a broker a log that nobody has named is in the file with the outbox; on a database server it is not, since
    the embedded broker goes with a file. What is set anywhere stays. Raises InvalidSetting.
    """
    given = {**environ, **shared_settings()}
    sources = configuration.settings.sources
    unset = {name for name in ("database_url", "outbox_url", "mail_from") if sources[name].origin is Origin.DEFAULT}
    if "outbox_url" in unset:
        given[f"{PREFIX}OUTBOX_URL"] = database_url(configuration.outbox)
    if configuration.settings.embedded and "database_url" in unset and is_file(configuration.outbox):
        given[f"{PREFIX}DATABASE_URL"] = database_url(configuration.outbox)
    if "mail_from" in unset:
        given[f"{PREFIX}MAIL_FROM"] = str(settings.DEFAULT_FROM_EMAIL)
    return given
