"""The settings of files alone."""

from typing import Final

from columba_shared.settings import parsers
from columba_shared.settings.file_destinations import destinations
from columba_shared.settings.file_validators import rulings
from columba_shared.settings.setting import Setting

FILES: Final[tuple[Setting, ...]] = (
    Setting(
        name="COLUMBA_FILES_DESTINATIONS",
        target="files",
        default="",
        parse=destinations,
        secret=True,
        shown_default="none",
        help="Where files may go: names, which are the addresses of this target, with URLs: "
        "`partner=sftp://user:password@example.com/in?key=…&known_hosts=…; archive=file:///srv/out; "
        "press=ftps://user:password@example.com/news`. A path is relative to where the login leads, behind a second "
        "slash it is absolute; docs/files.md has all options.",
    ),
    Setting(
        name="COLUMBA_FILES_VALIDATORS",
        target="files",
        default="",
        parse=rulings,
        shown_default="none",
        help="What files of a kind must be before they are sent: `invoice.*=well-formed,xsd:schemas/invoice.xsd; "
        "news.*=dtd:schemas/news.dtd,shop.checks:news`; `module:function` is your own.",
    ),
    Setting(
        name="COLUMBA_FILES_VALIDATOR_TIMEOUT",
        target="files",
        default="30",
        parse=parsers.seconds(1, 3600),
        help="Seconds that a validator of your own may take for one file; then an attempt is spent.",
    ),
    Setting(
        name="COLUMBA_FILES_MAX_SIZE",
        target="files",
        default="104857600",
        parse=parsers.whole(1, 999_999_999),
        help="Bytes that the files of one delivery may have together.",
    ),
)
