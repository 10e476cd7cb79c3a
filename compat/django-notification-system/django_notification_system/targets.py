"""By which target of Columba's a channel's notices go."""

from pathlib import Path
from typing import Final

from columba_shared.notice import channel_target
from django.conf import settings

_BUILT_IN: Final = frozenset({"email", "twilio", "expo"})


def target_for(module: str) -> str:
    """Return the target: Columba's own for the three channels, else one that is called as the module is.

    A handler of the project's own in the place of a built-in one is `handler-email`: other mail goes by `email`.
    """
    if module in _BUILT_IN and module in handler_files():
        return f"handler-{module}"
    return channel_target(module)


def handler_files() -> dict[str, Path]:
    """Return the project's handlers by their modules' names: the files in NOTIFICATION_SYSTEM_HANDLERS."""
    folders = getattr(settings, "NOTIFICATION_SYSTEM_HANDLERS", ())
    return {
        file.stem: file
        for folder in folders
        for file in sorted(Path(folder).glob("*.py"))
        if "__init__" not in file.name
    }
