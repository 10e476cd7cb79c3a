"""Secrets of Standard Webhooks, and which of them sign what is posted where."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import Final

from columba_shared.domain import canonical
from columba_shared.url_path import one_spelling

PREFIX: Final = "whsec_"
EVERYWHERE: Final = "*"
_SHORTEST, _LONGEST = 24, 64
_PLACE: Final = re.compile(r"[^\s/@\\][^\s@\\]*")
_PORT: Final = re.compile(r"(\[.*\]|[^:]*):[0-9]*")


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
    name = name.strip()
    if not equals or not _PLACE.fullmatch(name) or PREFIX in name:
        raise ValueError(
            f"must be secrets, or hosts with theirs: `{PREFIX}…`, or `example.com={PREFIX}…,{PREFIX}…; *={PREFIX}…`"
        )
    return EVERYWHERE if name == EVERYWHERE else _place(name), given


def _place(name: str) -> str:
    """Return a place as posts have it; raises ValueError, which does not repeat it: it may be a secret gone astray."""
    if "://" in name:
        raise ValueError("has a place with a scheme: leave out https:// and write example.com/hooks")
    if "?" in name or "#" in name:
        raise ValueError("has a place with something behind ? or #: leave it out, only host and path count")
    host, slash, path = name.partition("/")
    return f"{_host(host)}{one_spelling(slash + path).removesuffix('/')}"


def _host(given: str) -> str:
    if "*" in given:
        raise ValueError("has a place with * in it: write out each host, or * alone for everybody else")
    if _PORT.fullmatch(given):
        raise ValueError("has a place with a port: leave out the port, its host has the same secrets at every one")
    if not set(given) & set("[]:"):
        return canonical(given)
    bare = given[1:-1] if given.startswith("[") and given.endswith("]") else given
    try:
        return str(IPv6Address("" if "%" in bare else bare))  # a zone means something on one machine alone
    except ValueError as error:
        raise ValueError(
            "has a host in brackets or with colons that is no IPv6 address: write [2001:db8::1]"
        ) from error


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
