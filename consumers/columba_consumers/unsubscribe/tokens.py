"""Tokens of links: what whoever has one may leave, and until when, signed so that nobody else can make one."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import msgspec
from columba_shared.errors import ColumbaError
from columba_shared.event import MAX_ADDRESS_LENGTH, MAX_NAME_LENGTH

_PURPOSE: Final = b"columba unsubscribe 1"
_MAC_OCTETS: Final = 20
_LONGEST: Final = 2 * (MAX_ADDRESS_LENGTH + 3 * MAX_NAME_LENGTH)


class BadToken(ColumbaError):
    """Nobody here has signed this."""


class Expired(BadToken):
    """It was signed here, and its time is over."""


class Leaving(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a link leaves: a category by a target, for a user, or without one for an address; good until ``expires``."""

    expires: int
    target: str
    category: str
    user: str = ""
    address: str = ""


class Tokens:
    """Signs with the first key, and knows what was signed with any: a new one is put before the old ones."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [hmac.digest(key.encode(), _PURPOSE, sha256) for key in keys]

    def sign(self, leaving: Leaving) -> str:
        """Return the token: the same for the same, in characters that every link may have."""
        payload = msgspec.json.encode(leaving)
        return _text(_mac(self._keys[0], payload) + payload)

    def read(self, token: str, now: datetime) -> Leaving:
        """Return what a token says; raises BadToken for one that nobody here signed, Expired for one that is over."""
        signed = _octets(token)
        mac, payload = signed[:_MAC_OCTETS], signed[_MAC_OCTETS:]
        if not any([hmac.compare_digest(mac, _mac(key, payload)) for key in self._keys]):  # noqa: C419 - in equal time
            raise BadToken("nobody here has signed this link")
        try:
            leaving = msgspec.json.decode(payload, type=Leaving)
        except msgspec.MsgspecError as error:
            raise BadToken("this link is of another version") from error
        if datetime.fromtimestamp(leaving.expires, UTC) <= now:
            raise Expired("this link is too old")
        return leaving


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, sha256)[:_MAC_OCTETS]


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _octets(text: str) -> bytes:
    """Decode strictly: of all texts that mean the same octets, only the one that `_text` writes."""
    if len(text) > _LONGEST or not text.isascii():
        raise BadToken("this is no link of ours")
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadToken("this is no link of ours") from error
    if _text(octets) != text:
        raise BadToken("this is no link of ours")
    return octets
