"""What the SMTP server for tests does wrong, on purpose."""

import re
from typing import Final, Literal

from msgspec import Struct

Phase = Literal["banner", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "final"]
"""The command that an answer belongs to; ``banner`` answers the connection, ``final`` the whole mail."""

Cut = Literal["banner", "ehlo", "mail", "rcpt", "data", "body", "before_accepting", "after_accepting"]
"""Where the connection is dropped: instead of an answer, inside a mail's lines, or around the last dot."""

GREYLISTED: Final = "450 4.7.1 greylisted, come back later"


class Rule(Struct, frozen=True, kw_only=True):
    """Give this answer in this phase: to mail for matching recipients, as often as told (None: always)."""

    phase: Phase
    reply: str
    recipient: str = ""
    times: int | None = None

    def concerns(self, phase: str, recipients: list[str]) -> bool:
        """Whether the rule is for this phase of this mail; without a recipient it is for everybody."""
        if phase != self.phase:
            return False
        return not self.recipient or any(re.search(self.recipient, each) for each in recipients)


class Faults(Struct, frozen=True, kw_only=True):
    """All knobs; the defaults are a fast server without faults.

    ``greylist`` is how often each recipient is turned away first. ``hang`` are the phases that get no answer.
    ``cut`` drops the connection, ``cut_times`` says how often (None: always). ``delay_seconds`` passes before each
    mail is taken, ``stall_seconds`` between taking and answering it, ``drip_seconds`` between any two bytes of an
    answer. ``mails_per_connection`` ends a connection with 421 when it begins one more. ``injected`` is plaintext
    slipped in behind the answer to STARTTLS.
    """

    rules: tuple[Rule, ...] = ()
    greylist: int = 0
    hang: tuple[Phase, ...] = ()
    cut: Cut | None = None
    cut_times: int | None = None
    delay_seconds: float = 0.0
    stall_seconds: float = 0.0
    drip_seconds: float = 0.0
    mails_per_connection: int | None = None
    hide_starttls: bool = False
    injected: str = ""
    pipelining: bool = True
    smtputf8: bool = True
    eight_bit: bool = True
    size: int | None = 50_000_000


class Mischief:
    """Faults at work: counts how often each has struck."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.quiet = faults == Faults()
        self._struck: dict[int, int] = {}
        self._greeted: dict[str, int] = {}
        self._cuts = 0

    def reply(self, phase: Phase, recipients: list[str]) -> str | None:
        """Return the answer that a fault gives, or None if the server answers as it should."""
        for number, rule in enumerate(self.faults.rules):
            struck = self._struck.get(number, 0)
            if rule.concerns(phase, recipients) and (rule.times is None or struck < rule.times):
                self._struck[number] = struck + 1
                return rule.reply
        if phase == "rcpt" and self.faults.greylist:
            seen = self._greeted[recipients[-1]] = self._greeted.get(recipients[-1], 0) + 1
            return GREYLISTED if seen <= self.faults.greylist else None
        return None

    def hangs(self, phase: Phase) -> bool:
        """Whether this phase gets no answer."""
        return phase in self.faults.hang

    def cuts(self, place: str) -> bool:
        """Whether the connection is dropped here; counts."""
        if place != self.faults.cut or (self.faults.cut_times is not None and self._cuts >= self.faults.cut_times):
            return False
        self._cuts += 1
        return True
