"""The settings: one table, read once."""

from columba_shared.settings.setting import Origin, Setting, Source
from columba_shared.settings.settings import Settings
from columba_shared.settings.sources import Unknown
from columba_shared.settings.table import SETTINGS
from columba_shared.settings.target_env import TargetEnv

__all__ = ["SETTINGS", "Origin", "Setting", "Settings", "Source", "TargetEnv", "Unknown"]
