"""What can be wrong with the app's module."""

from typing import Final

from columba_shared.errors import InvalidSetting

SETTING: Final = "COLUMBA_APP"


class AppError(InvalidSetting):
    """The module that COLUMBA_APP names cannot be loaded or used; the text says how to mend it."""

    def __init__(self, problem: str) -> None:
        super().__init__(SETTING, problem)
