"""How the text of a setting becomes a value; each raises ValueError with a sentence that says the fix."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, time, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from columba_shared.broker_url import BrokerUrl
from columba_shared.errors import InvalidSetting
from columba_shared.event import MAX_NAME_LENGTH, NAME_PATTERN
from columba_shared.url_login import require_whole_login

Parser = Callable[[str], object]


def text(value: str) -> str:
    """Take any text on one line."""
    if not value.isprintable():
        raise ValueError("holds a line break or another control character")
    return value


def optional(parse: Parser) -> Parser:
    """Let an empty text mean None."""
    return lambda value: parse(value) if value else None


def whole(least: int, most: int) -> Callable[[str], int]:
    """Take a whole number within bounds."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return parse


def seconds(least: float, most: float) -> Callable[[str], timedelta]:
    """Take a number of seconds within bounds."""

    def parse(value: str) -> timedelta:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not least <= number <= most:
            raise ValueError(f"must be a number of seconds from {least:g} to {most:g}")
        return timedelta(seconds=number)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Take one word of a few."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return parse


def names(value: str) -> tuple[str, ...]:
    """Take names separated by commas, each once."""
    found = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    wrong = [name for name in found if not re.fullmatch(NAME_PATTERN, name) or len(name) > MAX_NAME_LENGTH]
    if wrong or not found:
        raise ValueError("must be names of a-z, 0-9, _ and -, separated by commas")
    return found


def dotted_names(value: str) -> tuple[str, ...]:
    """Take names of modules, or of what is in them, separated by commas, each once."""
    found = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    if not found or not all(word.isidentifier() for name in found for word in name.split(".")):
        raise ValueError("must be names such as package.module or package.module.Name, separated by commas")
    return found


def path(value: str) -> Path:
    """Take a path."""
    if not value or "\0" in value:
        raise ValueError("must be a path")
    return Path(value).expanduser()


def broker_url(value: str) -> str:
    """Take `memory://` or AMQP URLs."""
    if value == "memory://":
        return value
    try:
        BrokerUrl.parse(value)
    except InvalidSetting as error:
        raise ValueError(f"{error.problem}, or memory://") from error
    return value


def database_url(value: str) -> str:
    """Take what looks like a database URL; which drivers there are, SQLAlchemy knows."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(\+[a-z0-9_]+)?://.*", value, re.DOTALL) or not value.isprintable():
        raise ValueError("must be a database URL such as sqlite:///columba.db or postgresql+psycopg://user:…@host/name")
    return value


def smtp_url(value: str) -> str:
    """Take an SMTP URL with a host."""
    require_whole_login(value)
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"smtp", "smtp+starttls", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not value.isprintable():
        raise ValueError("must be an SMTP URL such as smtp://user:password@host:587 or smtps://host:465")
    return value


def http_url(value: str) -> str:
    """Take the beginning of an http or https URL with a host; a slash at its end is left out."""
    require_whole_login(value)
    try:
        parts = urlsplit(value)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not value.isprintable() or parts.query or parts.fragment:
        raise ValueError("must be a URL such as https://example.com")
    return value.rstrip("/")


def address(value: str) -> str:
    """Take an email address, or a name with one in angle brackets."""
    bare = value[value.rfind("<") + 1 :].removesuffix(">") if value.endswith(">") else value
    local, at, domain = bare.rpartition("@")
    if not value.isprintable() or not (local and at and domain) or re.search(r"[\s<>,;]", bare):
        raise ValueError("must be one email address, such as news@example.com or News <news@example.com>")
    return value


def locale(value: str) -> str:
    """Take a locale; which there are, the consumers know."""
    if not re.fullmatch(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*", value):
        raise ValueError("must be a locale such as en, de or de_AT")
    return value


def zone(value: str) -> tzinfo:
    """Take the name of a time zone that this system knows."""
    # A name that is no zone's may be a folder's, a file's that is something else, or none that can be looked up.
    try:
        return UTC if value == "UTC" else ZoneInfo(value)
    except (OSError, ValueError, LookupError) as error:
        raise ValueError("must be a time zone that this system knows, such as Europe/Vienna or UTC") from error


def domain(value: str) -> str:
    """Take a domain name."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value):
        raise ValueError("must be a domain name such as example.com")
    return value


_PERIODS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_SPANS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_LEAST, _MOST = 1 / 86_400.0, 100_000.0


def rate(value: str) -> float:
    """Take so many in a span of time, such as 100/s or 3000/m; return how many that is a second."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(?:/([smhd]))?", value.replace(" ", ""))
    number = float(found[1]) / _SPANS[found[2] or "s"] if found else 0.0
    if not _LEAST <= number <= _MOST:
        raise ValueError(
            f"must be so many a second, minute, hour or day, such as 100/s or 3000/m; at least 1/d, at most {_MOST:g}/s"
        )
    return number


def rates(value: str) -> dict[str, float]:
    """Take a rate for each name, such as ``example.com=10/s, *=100/s``; ``*`` stands for all others."""
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        name, equals, given = part.partition("=")
        name = name.strip().lower()
        if not equals or not name or name in found:
            raise ValueError("must be names with their rates, each once, such as example.com=10/s, *=100/s")
        found[name] = rate(given)
    return found


class Amount(NamedTuple):
    """So many in a span of time."""

    number: int
    period: timedelta

    def __str__(self) -> str:
        """Show it as it is set."""
        return f"{self.number}/{next(letter for letter, period in _PERIODS.items() if period == self.period)}"


def amount(value: str) -> Amount:
    """Take so many in a span of time, such as ``200/h``."""
    said = re.fullmatch(r"([0-9]{1,6}) */ *([mhdw])", value)
    if said is None or not int(said[1]):
        raise ValueError("must be so many a minute, hour, day or week, such as 200/h")
    return Amount(int(said[1]), _PERIODS[said[2]])


def caps(value: str) -> tuple[tuple[str, int, timedelta], ...]:
    """Take how many of which kinds in which time, such as ``news.*=2/d, *=20/w``."""
    found: dict[str, tuple[str, int, timedelta]] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        said = re.fullmatch(r"(\*|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?:\.\*)?) *= *([0-9]{1,6}) */ *([mhdw])", part)
        if said is None or said[1] in found or not int(said[2]):
            raise ValueError("must be kinds with how many of them, each once, such as news.*=2/d, *=20/w")
        found[said[1]] = (said[1], int(said[2]), _PERIODS[said[3]])
    return tuple(found.values())


def hours(value: str) -> tuple[time, time]:
    """Take a part of the day, such as ``22:00-07:00``."""
    times = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d) ?- ?([01]\d|2[0-3]):([0-5]\d)", value, re.ASCII)
    begin, end = (time(int(times[1]), int(times[2])), time(int(times[3]), int(times[4]))) if times else (time(), time())
    if begin == end:
        raise ValueError("must be two different times of the day, such as 22:00-07:00")
    return begin, end


def warm_up(value: str) -> tuple[date, float]:
    """Take a day and the rate on it, such as ``2026-11-21=200/d``."""
    day, equals, given = value.partition("=")
    try:
        begun = date.fromisoformat(day.strip())
    except ValueError:
        equals = ""
    if not equals:
        raise ValueError("must be a day and what may be sent on it, such as 2026-11-21=200/d")
    return begun, rate(given)
