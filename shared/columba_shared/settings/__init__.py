"""The settings: one table, read once."""

from columba_shared.settings.setting import Origin, Setting, Source
from columba_shared.settings.settings import Settings
from columba_shared.settings.sources import Unknown
from columba_shared.settings.table import SETTINGS

__all__ = ["SETTINGS", "Origin", "Setting", "Settings", "Source", "Unknown"]
