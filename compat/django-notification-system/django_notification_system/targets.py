"""By which target of Columba's a channel's notices go."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from django.conf import settings

BUILT_IN: Final[Mapping[str, str]] = {"email": "email", "twilio": "sms", "expo": "push"}
"""By the name of the module that sent them."""
_ODD: Final = re.compile(r"[^a-z0-9_-]")


def target_for(module: str) -> str:
    """Return the target: Columba's own for the three channels, else one that is called as the module is.

    A handler of the project's own in the place of a built-in one is `handler-email`: other mail goes by `email`.
    """
    if module in BUILT_IN:
        return f"handler-{module}" if module in handler_files() else BUILT_IN[module]
    return name_of(module)


def name_of(module: str) -> str:
    """Return a module's name as targets and kinds may be called."""
    return _ODD.sub("-", module.lower())


def handler_files() -> dict[str, Path]:
    """Return the project's handlers by their modules' names: the files in NOTIFICATION_SYSTEM_HANDLERS."""
    folders = getattr(settings, "NOTIFICATION_SYSTEM_HANDLERS", ())
    return {
        file.stem: file
        for folder in folders
        for file in sorted(Path(folder).glob("*.py"))
        if "__init__" not in file.name
    }
