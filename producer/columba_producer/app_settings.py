"""The settings of an app that has a configuration of its own: what that says of Columba counts first."""

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from os import PathLike
from typing import Final

from columba_shared.errors import InvalidSetting, InvalidSettings
from columba_shared.settings import Settings
from columba_shared.settings.setting import PREFIX, Origin

PATIENCE: Final = timedelta(seconds=2)
"""So long a request waits for a broker that does not answer, unless COLUMBA_CONFIRM_TIMEOUT says otherwise."""


def settings_of(config: Mapping[str, object]) -> Settings:
    """Return the settings, read from a configuration's ``COLUMBA_…`` and else from the environment.

    A list stands for its items with commas between them. None and an empty text leave it to the environment. Raises
    InvalidSettings, also for a name that nothing reads, and InvalidSetting for what cannot be a setting.
    """
    ours = {name: value for name, value in config.items() if name.startswith(PREFIX)}
    texts = {name: text_of(name, value) for name, value in ours.items()}
    settings = Settings.from_env(first={name: text for name, text in texts.items() if text})
    problems = tuple(_unknown(settings, texts))
    if problems:
        raise InvalidSettings(problems)
    return settings


def patience_of(settings: Settings) -> timedelta:
    """Return how long a request waits for a broker that does not answer."""
    is_ours = settings.sources["confirm_timeout"].origin is Origin.DEFAULT
    return PATIENCE if is_ours else settings.confirm_timeout


def text_of(name: str, value: object) -> str:
    """Return what is set in Python as the environment would have it; raises InvalidSetting for what cannot be set."""
    match value:
        case None:
            return ""
        case str() | int() | float():
            return str(value)
        case PathLike():
            return os.fsdecode(value)
        case list() | tuple():
            return ",".join(map(str, value))
        case set() | frozenset():
            return ",".join(sorted(map(str, value)))
        case timedelta():
            return str(value.total_seconds())
    raise InvalidSetting(name, f"must be a text, a number, a path, a timedelta or a list, not {type(value).__name__}")


def _unknown(settings: Settings, given: Mapping[str, str]) -> Iterable[InvalidSetting]:
    """Name what was given and is read by nothing; what a target of the app's own reads, its consumers know."""
    of_targets = tuple(f"{PREFIX}{target.upper()}_" for target in settings.targets)
    for each in settings.unknown:
        if each.name in given and not each.name.startswith(of_targets):
            yield InvalidSetting(
                each.name, "is no setting" + (f"; perhaps {each.meant} was meant" if each.meant else "")
            )
