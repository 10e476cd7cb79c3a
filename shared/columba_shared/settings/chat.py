"""The settings of chat alone."""

from typing import Final

from columba_shared.settings.setting import Setting

CHAT: Final[tuple[Setting, ...]] = ()
