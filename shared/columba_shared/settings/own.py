"""The settings that the targets which come with Columba have each for itself: by whom they go, and how."""

from collections.abc import Mapping
from typing import Final

from columba_shared.settings.chat import CHAT
from columba_shared.settings.files import FILES
from columba_shared.settings.push import PUSH
from columba_shared.settings.setting import Setting
from columba_shared.settings.sms import SMS
from columba_shared.settings.webhook import WEBHOOK

OWN: Final[Mapping[str, tuple[Setting, ...]]] = {
    "sms": SMS,
    "push": PUSH,
    "webhook": WEBHOOK,
    "files": FILES,
    "chat": CHAT,
}
"""By target; mail's are among those of all, since producers and the log know of them as well."""
