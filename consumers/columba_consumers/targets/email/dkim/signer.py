"""One signature: a header that goes above the mail it speaks for."""

import base64
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from columba_consumers.targets.email.dkim import canonical
from columba_consumers.targets.email.dkim.canonical import Field
from columba_consumers.targets.email.dkim.key import Key

_ALWAYS: Final = (
    b"from", b"to", b"cc", b"reply-to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"content-transfer-encoding",
)  # fmt: skip
"""What a reader sees and a mail program goes by: named once more than it is there, so that nobody adds another."""
_IF_THERE: Final = (b"sender", b"in-reply-to", b"references", b"list-id", b"list-unsubscribe", b"list-unsubscribe-post")
"""The same, but where there is none a mailing list may add one."""
_COLUMNS: Final = 72


class Signer:
    """Signs for one domain with one key."""

    def __init__(self, key: Key, *, domain: str, selector: str) -> None:
        self._key = key
        self.takes_its_time: Final = key.algorithm == "rsa-sha256"
        self._opening = f" v=1; a={key.algorithm}; c=relaxed/relaxed; d={domain};\r\n\ts={selector}; "

    def signature(self, fields: Sequence[Field], body_hash: str, *, at: datetime) -> bytes:
        """Return the header with its line end."""
        names, lines = _signed_fields(fields)
        value = f"{self._opening}t={int(at.timestamp())};\r\n\th={_folded(names)};\r\n\tbh={body_hash};\r\n\tb="
        data = b"".join(lines) + b"dkim-signature:" + canonical.relaxed(value.encode())
        signed = base64.b64encode(self._key.sign(data, sha256(data).digest())).decode()
        pieces = (signed[start : start + _COLUMNS] for start in range(0, len(signed), _COLUMNS))
        return ("DKIM-Signature:" + value + "\r\n\t".join(pieces) + "\r\n").encode()


def _signed_fields(fields: Sequence[Field]) -> tuple[list[str], list[bytes]]:
    """Return what ``h=`` says, and the lines that it means: of several with one name the last comes first."""
    names: list[str] = []
    lines: list[bytes] = []
    for name in (*_ALWAYS, *_IF_THERE):
        found = [line for each, line in reversed(fields) if each == name]
        lines += found
        if found or name in _ALWAYS:
            names += [name.decode()] * (len(found) + 1)
    return names, lines


def _folded(names: Sequence[str]) -> str:
    return ":\r\n\t ".join(_rows(names))


def _rows(names: Sequence[str]) -> Iterator[str]:
    row = ""
    for name in names:
        if len(row) + len(name) > _COLUMNS - len("h=; "):
            yield row
            row = name
        else:
            row = f"{row}:{name}" if row else name
    yield row
