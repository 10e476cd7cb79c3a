"""The Django app under its old name."""

from typing import Final

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

_SINK: Final = ("SINK_EMAIL", "SINK_LIMIT")


class PigeonpostConfig(AppConfig):
    """Has no tables: those of the original stay as they are, and `columba import pigeonpost` reads them."""

    name = "pigeonpost"

    def ready(self) -> None:
        """Let Django check that nobody believes in a sink that is none."""
        register(check_sink)

    def columba_settings(self) -> dict[str, str]:
        """Return the sink, for commands that run no checks: nobody is written to in its place."""
        given = {name: getattr(settings, f"PIGEONPOST_{name}", None) for name in _SINK}
        return {name: str(value) for name, value in given.items() if value is not None}


def check_sink(**_: object) -> list[CheckMessage]:
    """Return an error for a sink that only pigeonpost would have looked at: mail would go to real people."""
    problems: list[CheckMessage] = []
    known = getattr(settings, "COLUMBA", {})
    for number, name in enumerate(_SINK, start=1):
        if hasattr(settings, f"PIGEONPOST_{name}") and name not in known:
            hint = f'COLUMBA = {{"{name}": {getattr(settings, f"PIGEONPOST_{name}")!r}}}'
            found = Error(f"PIGEONPOST_{name} is not looked at any more", hint=hint, id=f"pigeonpost.E00{number}")
            problems.append(found)
    return problems
