"""Bodies: any text as lines that every mail server passes on unchanged."""

import base64
import binascii
from typing import Final

from columba_shared.raw_email import has_long_line

from columba_consumers.targets.email.unsafe import UnsafeBody

_BASE64_COLUMNS: Final = 76
_PLAIN: Final = bytes(range(0x20, 0x7F)) + b"\r\n\t"


def encode(text: str, field: str) -> tuple[str, bytes]:
    """Return the transfer encoding and the encoded lines, which end with CRLF unless there are none.

    Line ends become CRLF, a missing last one is added. ASCII stays as it is where nothing on the way could
    touch it; anything else is quoted-printable or base64, whichever is shorter. Raises UnsafeBody.
    """
    raw = _lines(text, field)
    odd = len(raw.translate(None, _PLAIN))
    if not odd and not _is_delicate(raw):
        return "7bit", raw
    if _quoted_length(raw, odd) <= len(raw) * 4 // 3:
        return "quoted-printable", _quoted(raw)
    return "base64", base64_lines(raw)


def base64_lines(raw: bytes) -> bytes:
    """Return any bytes as lines of base64, each ended with CRLF."""
    digits = base64.b64encode(raw)
    lines = [digits[start : start + _BASE64_COLUMNS] for start in range(0, len(digits), _BASE64_COLUMNS)]
    return b"\r\n".join(lines) + b"\r\n"


def _lines(text: str, field: str) -> bytes:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text and not text.endswith("\n"):
        text += "\n"
    try:
        return text.replace("\n", "\r\n").encode()
    except UnicodeEncodeError as error:
        raise UnsafeBody(field, "holds half a character (a lone surrogate)") from error


def _is_delicate(raw: bytes) -> bool:
    """Say whether a relay or a mailbox might change these lines: too long, blank at the end, or "From " in front."""
    if b" \r\n" in raw or b"\t\r\n" in raw or b"\nFrom " in raw or raw.startswith(b"From "):
        return True
    return has_long_line(raw)


def _quoted_length(raw: bytes, odd: int) -> int:
    return len(raw) + 2 * (odd + raw.count(b"="))


def _quoted(raw: bytes) -> bytes:
    quoted = binascii.b2a_qp(raw, istext=True)
    if quoted.startswith(b"From "):
        quoted = b"=46" + quoted[1:]
    return quoted.replace(b"\nFrom ", b"\n=46rom ")
