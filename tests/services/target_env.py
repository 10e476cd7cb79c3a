"""Targets made as processes make them: from variables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from columba_consumers.targets.simple import SimpleTarget
from columba_shared.settings import Settings, TargetEnv


def env_of(target: type[SimpleTarget], variables: Mapping[str, str]) -> TargetEnv:
    """Return a target's own settings, read from these variables alone; raises InvalidSettings."""
    settings: Any = Settings.from_env({"COLUMBA_TARGETS": target.name, **variables}, directory=Path("/"))
    found: TargetEnv = settings.own(target.name, target.settings)
    return found
