"""The settings of chat alone."""

from typing import Final

from columba_shared.settings import parsers
from columba_shared.settings.chat_destinations import chat_destinations
from columba_shared.settings.setting import Setting

CHAT: Final[tuple[Setting, ...]] = (
    Setting(
        name="COLUMBA_CHAT_URLS",
        target="chat",
        default="",
        parse=parsers.optional(chat_destinations),
        secret=True,
        shown_default="none",
        help="Where chat messages may go: names, which are the addresses of this target, with URLs as Apprise takes "
        "them: `ops=slack://token-a/token-b/token-c/#alerts; desk=mmosts://chat.example.com/token`. "
        "Each leads to one place; docs/chat.md has more.",
    ),
    Setting(
        name="COLUMBA_CHAT_TIMEOUT",
        target="chat",
        default="30",
        parse=parsers.seconds(1, 600),
        help="Seconds that one delivery may take; what was asked by then is in doubt.",
    ),
)
