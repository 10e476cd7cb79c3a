"""Libraries that some targets need and others do not: extras, which somebody has to install."""

import importlib.util

from columba_shared.errors import InvalidSetting


def require(target: str, library: str, *, extra: str) -> None:
    """Raise InvalidSetting with the fix where a library is missing."""
    if importlib.util.find_spec(library) is None:
        fix = f"pip install 'columba-consumers[{extra}]'"
        raise InvalidSetting("COLUMBA_TARGETS", f"{target} needs {fix}: {library} is not installed")
