"""The settings of SMS alone."""

from typing import Final

from columba_shared.settings.setting import Setting

SMS: Final[tuple[Setting, ...]] = ()
