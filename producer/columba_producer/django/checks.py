"""Django's system checks: what is wrong with the settings is told before anything is sent."""

from columba_shared.errors import InvalidSettings
from django.core.checks import CheckMessage, Error

from columba_producer.django.configuration import Configuration


def check_settings(**_: object) -> list[CheckMessage]:
    """Return an error for each setting that cannot be used."""
    try:
        Configuration.from_settings()
    except InvalidSettings as error:
        return [
            Error(
                f"{each.name}: {each.problem}",
                hint="docs/settings.md has them all, docs/django.md Django's own.",
                id="columba.E001",
            )
            for each in error.problems
        ]
    return []
