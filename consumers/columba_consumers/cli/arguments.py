"""What people write on the command line: durations, moments, ids; each wrong one is answered with a right one."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import click
from columba_shared.domain import MAX_DOMAIN_LENGTH, canonical
from columba_shared.event import KIND_PATTERN

_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(s|m|h|d|w)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LONGEST: Final = timedelta(days=365_000)
_DOMAIN: Final = re.compile(r"(?:\*\.)?[\w-]+(?:\.[\w-]+)*")
_ID: Final = re.compile(r"[0-9a-f]{4,32}")


def duration(text: str) -> timedelta:
    """Take `90s`, `10m`, `2h`, `3d` or `1h30m`."""
    found = _length(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no duration: write 90s, 10m, 2h, 3d or 1h30m.")
    return found


def fallback(text: str) -> tuple[str, timedelta]:
    """Take a target and how long it waits for the one before it, such as `sms=5m`."""
    target, _, after = text.partition("=")
    found = _length(after)
    if not target or found is None:
        raise click.BadParameter(f"{text!r} is no fallback: write a target and a duration, such as sms=5m.")
    return target, found


def moment(text: str) -> datetime:
    """Take an ISO time with its zone."""
    found = _iso(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no time: write one such as 2026-11-21T10:00:00+01:00.")
    if found.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no time zone: write {text}Z for UTC, or with an offset such as +01:00.")
    return found


def past(text: str) -> datetime:
    """Take a duration before now, or an ISO time (without a zone it is UTC, as all output is)."""
    back = _length(text)
    if back is not None:
        return datetime.now(UTC) - min(back, _LONGEST)
    found = _iso(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is neither a duration such as 2h nor a time such as 2026-11-21T10:00:00Z.")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def future(text: str) -> datetime:
    """Take a duration from now, or an ISO time with its zone."""
    ahead = _length(text)
    return moment(text) if ahead is None else datetime.now(UTC) + min(ahead, _LONGEST)


def kinds(text: str) -> str:
    """Take a kind, or with `.*` at its end all below it: one that no event can have would be found nowhere."""
    if not re.match(KIND_PATTERN, text.removesuffix(".*")):
        raise click.BadParameter(
            f"{text!r} is no kind: write one such as invoice.ready, or invoice.* for all below it."
        )
    return text


def domain(text: str) -> str:
    """Take a domain, in letters or as in the DNS, or with `*.` before it all below it."""
    found = canonical(text.removeprefix("@"))
    if not _DOMAIN.fullmatch(found) or len(found) > MAX_DOMAIN_LENGTH:
        raise click.BadParameter(
            f"{text!r} is no domain: write one such as example.com, or *.example.com for all below it."
        )
    return found


def id_prefix(text: str) -> str:
    """Take an id or its beginning, with or without dashes; return its hexadecimal digits."""
    digits = text.replace("-", "").lower()
    if not _ID.fullmatch(digits):
        raise click.BadParameter(f"{text!r} is no id: write 4 or more of its hexadecimal digits.")
    return digits


def _length(text: str) -> timedelta | None:
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    try:
        return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))
    except OverflowError:
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON lines instead of tables.")
