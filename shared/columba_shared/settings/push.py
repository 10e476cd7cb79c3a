"""The settings of push messages alone."""

from typing import Final

from columba_shared.settings import parsers
from columba_shared.settings.answering import timeout_of
from columba_shared.settings.base_url import base_url
from columba_shared.settings.setting import Setting

_DAY: Final = 86_400.0

PUSH: Final[tuple[Setting, ...]] = (
    Setting(
        name="COLUMBA_PUSH_TOKEN",
        default="",
        parse=parsers.optional(parsers.text),
        secret=True,
        shown_default="none",
        help="The access token, where Expo is set to take push messages with one alone.",
    ),
    Setting(
        name="COLUMBA_PUSH_RECEIPTS_AFTER",
        default="900",
        parse=parsers.seconds(0, _DAY),
        help="Seconds after which Expo is asked what became of a push message; it knows for a day.",
    ),
    Setting(
        name="COLUMBA_PUSH_URL",
        default="https://exp.host",
        parse=base_url,
        help="Where Expo's push service is.",
    ),
    timeout_of("COLUMBA_PUSH_TIMEOUT", "Expo has to answer"),
)
