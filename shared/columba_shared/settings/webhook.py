"""The settings of webhooks alone."""

from typing import Final

from columba_shared.settings.setting import Setting

WEBHOOK: Final[tuple[Setting, ...]] = ()
