"""The settings of push messages alone."""

from typing import Final

from columba_shared.settings.setting import Setting

PUSH: Final[tuple[Setting, ...]] = ()
