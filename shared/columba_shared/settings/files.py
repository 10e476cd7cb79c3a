"""The settings of files alone."""

from typing import Final

from columba_shared.settings.setting import Setting

FILES: Final[tuple[Setting, ...]] = ()
