"""What a mail about a mail says: about whom, what became of it, in which words, and which mail it was."""

from dataclasses import dataclass
from enum import StrEnum

from columba_shared.log.bounce import Finding


class Sort(StrEnum):
    """What kind of mail it is that came back."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    GOOD_NEWS = "good news"
    """It arrived, or was read, or was passed on; or somebody says that it is no spam."""
    AUTOMATIC = "automatic reply"
    """Somebody is away, or wants to know who we are."""
    OTHER = "no report"
    UNREADABLE = "unreadable"
    """Something in it cannot be dealt with, now or later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the mail at some recipients; by which names they are called, in one spelling, none if not said."""

    finding: Finding
    addresses: tuple[str, ...] = ()
    status: str | None = None
    """An enhanced status code (RFC 3463), or a bare SMTP one."""
    said: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A mail as it was read. Without verdicts there is nothing to do about it."""

    sort: Sort
    verdicts: tuple[Verdict, ...] = ()
    reporter: str | None = None
    """Who says so, by their own account."""
    evidence: str = ""
    """Where the mail that it is about may be named: headers and fields, as text."""
    vouched: bool = False
    """Whether it comes from the provider that sent the mail, and that has proved so."""
