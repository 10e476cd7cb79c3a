"""The settings of an app that has a configuration of its own: what that says of Columba counts first."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from columba_shared.errors import InvalidSetting
from columba_shared.settings import Settings
from columba_shared.settings.setting import Origin

PATIENCE: Final = timedelta(seconds=2)
"""So long a request waits for a broker that does not answer, unless COLUMBA_CONFIRM_TIMEOUT says otherwise."""
_PREFIX: Final = "COLUMBA_"


def settings_of(config: Mapping[str, object]) -> Settings:
    """Return the settings, read from a configuration's ``COLUMBA_…`` and else from the environment.

    A list stands for its items with commas between them. None and an empty text leave it to the environment. Raises
    InvalidSettings, and InvalidSetting for what cannot be a setting.
    """
    ours = {name: value for name, value in config.items() if name.startswith(_PREFIX)}
    texts = {name: _text(name, value) for name, value in ours.items() if value is not None}
    return Settings.from_env(first={name: text for name, text in texts.items() if text})


def patience_of(settings: Settings) -> timedelta:
    """Return how long a request waits for a broker that does not answer."""
    is_ours = settings.sources["confirm_timeout"].origin is Origin.DEFAULT
    return PATIENCE if is_ours else settings.confirm_timeout


def _text(name: str, value: object) -> str:
    match value:
        case str() | int() | float():
            return str(value)
        case list() | tuple() | set() | frozenset():
            return ",".join(map(str, _sorted(value)))
        case timedelta():
            return f"{value.total_seconds():g}"
    raise InvalidSetting(name, f"must be a text, a number or a list, not {type(value).__name__}")


def _sorted(values: Iterable[object]) -> Iterable[object]:
    return sorted(values, key=str) if isinstance(values, set | frozenset) else values
