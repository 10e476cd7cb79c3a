"""Where bounces go: an address of its own for each mail, signed, so that nobody can make up a report about it."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from hmac import compare_digest
from typing import Final, Self
from uuid import UUID

from columba_shared.settings import Settings

_PURPOSE: Final = b"columba bounce 1"
_MAC_OCTETS: Final = 8
_ID_OCTETS: Final = 16
_ALONE: Final = b"\x01"
_WITH_COPIES: Final = b"\x00"
_SIGNED: Final = re.compile(r"\+([a-z2-7]{40})@", re.IGNORECASE | re.ASCII)
_MOST_LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which delivery a signature is for, and whether that mail had its recipient alone."""

    delivery_id: UUID
    alone: bool


class ReturnPath:
    """Signs the address with the first key, and knows what was signed with any."""

    def __init__(self, address: str, keys: Sequence[str] = ()) -> None:
        self._address = address
        local, _, domain = address.rpartition("@")
        self._before, self._behind = f"{local}+", f"@{domain}"
        self._keys = [blake2b(key.encode(), digest_size=32, person=_PURPOSE).digest() for key in keys]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """Return what the settings ask for; None: bounces go to whoever a mail is from."""
        if settings.bounce_address is None:
            return None
        return cls(settings.bounce_address, settings.bounce_keys)

    @property
    def signs(self) -> bool:
        """Whether there is a key to sign with."""
        return bool(self._keys)

    def of(self, delivery_id: UUID, *, alone: bool) -> str:
        """Return where bounces of this delivery go; ``alone``: no copies go with it, and it is for its recipient."""
        if not self._keys:
            return self._address
        payload = (_ALONE if alone else _WITH_COPIES) + delivery_id.bytes
        signed = base64.b32encode(payload + _mac(self._keys[0], payload)).decode().lower()
        return f"{self._before}{signed}{self._behind}"

    def origins(self, text: str) -> Iterator[Origin]:
        """Yield what is signed in a text, by whomever it is written: nobody else can make a signature."""
        for number, found in enumerate(_SIGNED.finditer(text)):
            if number >= _MOST_LOOKED_AT:
                return
            origin = self._origin(found[1])
            if origin is not None:
                yield origin

    def _origin(self, signed: str) -> Origin | None:
        try:
            octets = base64.b32decode(signed.upper())
        except binascii.Error:
            return None
        payload, mac = octets[:-_MAC_OCTETS], octets[-_MAC_OCTETS:]
        if not any([compare_digest(mac, _mac(key, payload)) for key in self._keys]):  # noqa: C419 - in equal time
            return None
        return Origin(delivery_id=UUID(bytes=payload[-_ID_OCTETS:]), alone=payload[:1] == _ALONE)


def _mac(key: bytes, payload: bytes) -> bytes:
    return blake2b(payload, key=key, digest_size=_MAC_OCTETS, person=_PURPOSE).digest()
