"""Secrets of Standard Webhooks, and which of them sign what is posted where."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from columba_shared.domain import canonical

PREFIX: Final = "whsec_"
EVERYWHERE: Final = "*"
_SHORTEST, _LONGEST = 24, 64
_PLACE: Final = re.compile(r"([^\s/?#@\\]+?)(/[!-~]*?)?/?")


class Secrets(tuple[bytes, ...]):
    """Several secrets, the newest first: all of them sign, so that a receiver may know either. Never shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Say how many there are, and nothing of what they are."""
        return f"{len(self)} {'secret' if len(self) == 1 else 'secrets'}"

    __str__ = __repr__


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Keyring:
    """Secrets by host, or by host and the beginning of a path; ``*`` has those of everybody else."""

    by_place: Mapping[str, Secrets] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say whom there are secrets for, and nothing of what they are."""
        return ", ".join(f"{name}: {found}" for name, found in self.by_place.items()) or "none"

    __str__ = __repr__

    def of(self, host: str, path: str) -> Secrets:
        """Return the secrets for a place: those of the longest name that fits; none where nothing is set for it."""
        where = f"{canonical(host)}{path}"
        fitting = [name for name in self.by_place if where == name or where.startswith(f"{name}/")]
        return self.by_place.get(max(fitting, key=len, default=EVERYWHERE), Secrets())


def webhook_secrets(value: str) -> Keyring:
    """Take secrets for all, or places with theirs, separated by semicolons; the text of an error holds no secret."""
    found: dict[str, Secrets] = {}
    for entry in filter(None, (part.strip() for part in value.split(";"))):
        name, given = (EVERYWHERE, entry) if entry.startswith(PREFIX) else _split(entry)
        if name in found:
            raise ValueError(f"has {name} twice: write its secrets once, separated by commas, the newest first")
        found[name] = Secrets(dict.fromkeys(_secret(part.strip()) for part in given.split(",")))
    return Keyring(by_place=found)


def _split(entry: str) -> tuple[str, str]:
    name, equals, given = entry.partition("=")
    place = _PLACE.fullmatch(name.strip())
    if not equals or place is None or PREFIX in name:
        raise ValueError(
            f"must be secrets, or hosts with theirs: `{PREFIX}…`, or `example.com={PREFIX}…,{PREFIX}…; *={PREFIX}…`"
        )
    return f"{canonical(place[1])}{place[2] or ''}", given


def _secret(text: str) -> bytes:
    try:
        found = base64.b64decode(text.removeprefix(PREFIX), validate=True) if text.startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        found = b""
    if not _SHORTEST <= len(found) <= _LONGEST:
        raise ValueError(
            f"must be secrets of Standard Webhooks, {PREFIX} and {_SHORTEST} to {_LONGEST} octets in base64: "
            f'`echo "{PREFIX}$(openssl rand -base64 32)"` makes one'
        )
    return found
