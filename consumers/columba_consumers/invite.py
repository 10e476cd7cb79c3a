"""A calendar entry that an email is about: an invitation, its change or its cancellation."""

import re
from typing import Final

from msgspec import Struct

_METHOD: Final = re.compile(
    r"^METHOD:(PUBLISH|REQUEST|REPLY|ADD|CANCEL|REFRESH|COUNTER|DECLINECOUNTER)[ \t]*$", re.IGNORECASE | re.MULTILINE
)


class Invite(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``calendar`` is the whole text of iCalendar (RFC 5545), whose METHOD says what readers are asked."""

    calendar: str
    name: str = "invite.ics"

    def __post_init__(self) -> None:
        """Refuse what no mail program would take for an invitation."""
        if not self.calendar.lstrip().upper().startswith("BEGIN:VCALENDAR"):
            raise ValueError("calendar: must begin with BEGIN:VCALENDAR")
        if _METHOD.search(self.lines) is None:
            raise ValueError("calendar: needs a line such as METHOD:REQUEST, METHOD:CANCEL or METHOD:PUBLISH")

    @property
    def lines(self) -> str:
        """The calendar with the line ends of Python."""
        return self.calendar.strip().replace("\r\n", "\n") + "\n"

    @property
    def method(self) -> str:
        """What readers are asked: ``REQUEST``, ``CANCEL`` and so on."""
        found = _METHOD.search(self.lines)
        return found[1].upper() if found else ""
