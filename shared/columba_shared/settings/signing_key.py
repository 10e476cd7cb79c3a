"""A key that signs mail: the domain it speaks for, the selector it is published under, and the file it is in."""

import re
from pathlib import Path
from typing import Final, NamedTuple

_DOMAIN: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_SELECTOR: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?")


class SigningKey(NamedTuple):
    """Where one key is; never the key itself."""

    domain: str
    selector: str
    file: Path

    def __str__(self) -> str:
        """Show it as it is set."""
        return f"{self.domain}={self.selector}:{self.file}"


def signing_keys(value: str) -> tuple[SigningKey, ...]:
    """Take keys such as ``example.com=news:/run/secrets/dkim.pem``, separated by commas."""
    keys = tuple(_key(part.strip()) for part in value.split(",") if part.strip())
    names = [(key.domain, key.selector) for key in keys]
    if len(set(names)) != len(names):
        raise ValueError("names a selector of a domain twice")
    return keys


def _key(text: str) -> SigningKey:
    domain, _, rest = text.partition("=")
    selector, _, file = rest.partition(":")
    domain, selector, file = domain.strip().lower(), selector.strip(), file.strip()
    if _DOMAIN.fullmatch(domain) is None or _SELECTOR.fullmatch(selector) is None or not file or "\0" in file:
        raise ValueError("must be keys as domain=selector:file, such as example.com=news:/run/secrets/dkim.pem")
    return SigningKey(domain=domain, selector=selector, file=Path(file).expanduser())
