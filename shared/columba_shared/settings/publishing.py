"""What is set where events are published."""

from typing import Final

from columba_shared.settings import parsers
from columba_shared.settings.setting import Setting

PUBLISHING: Final = (
    Setting(
        name="COLUMBA_PRODUCER",
        default="",
        parse=parsers.text,
        shown_default="none",
        help="The name of the app that publishes; an idempotency key is unique within it.",
    ),
    Setting(
        name="COLUMBA_CONTRACT",
        default="",
        parse=parsers.optional(parsers.path),
        shown_default="none",
        help="The file that `columba templates contract` has written: a producer refuses what its templates could not "
        "say.",
    ),
    Setting(
        name="COLUMBA_RULES",
        default="",
        parse=parsers.optional(parsers.dotted_names),
        shown_default="those in the module of `COLUMBA_APP`",
        help="Where the rules are that tell of what is saved, separated by commas: modules (`shop.rules`) or single "
        "rules in them (`shop.rules.Partner`).",
    ),
)
