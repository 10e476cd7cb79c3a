"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it stands. Only a problem makes the doctor exit 1."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: what, how it stands, and for a problem the fix."""

    about: str
    verdict: Verdict
    text: str
    fix: str | None = None


def ok(about: str, text: str) -> Finding:
    """Return that all is well."""
    return Finding(about=about, verdict=Verdict.OK, text=text)


def note(about: str, text: str, *, fix: str | None = None) -> Finding:
    """Return something worth knowing that harms nobody."""
    return Finding(about=about, verdict=Verdict.NOTE, text=text, fix=fix)


def problem(about: str, text: str, *, fix: str) -> Finding:
    """Return what is wrong, and what mends it."""
    return Finding(about=about, verdict=Verdict.PROBLEM, text=text, fix=fix)
