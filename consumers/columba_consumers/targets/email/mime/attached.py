"""Attachments as parts: files to open, images inside the HTML, and mails that are passed on."""

import re
from typing import Final

from columba_shared.attachment import Attachment
from columba_shared.enclosure import CID_PATTERN, MAX_FILE_NAME
from columba_shared.raw_email import has_long_line

from columba_consumers.targets.email.mime.body import base64_lines
from columba_consumers.targets.email.mime.media_type import media_type
from columba_consumers.targets.email.mime.parameter import old_parameter, parameter
from columba_consumers.targets.email.mime.part import Part
from columba_consumers.targets.email.screening import screen
from columba_consumers.targets.email.unsafe import UnsafeBody, UnsafeHeader

_CID: Final = re.compile(CID_PATTERN)


def attached_part(attachment: Attachment) -> Part:
    """Return the leaf of a file whose content was read; raises UnsafeMessage."""
    name, content = file_name(attachment.name), attachment.octets
    kind = media_type(attachment.media_type, name, content)
    if kind.lower().startswith("message/"):
        encoding, lines = _passed_on(content, name)
    else:
        encoding, lines = "base64", base64_lines(content)
    headers = (
        f"Content-Type: {kind}{old_parameter('name', name)}\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n"
        f"Content-Disposition: {_disposition(attachment, name)}\r\n"
    )
    return headers, lines


def file_name(name: str) -> str:
    """Return ``name`` unchanged; raises UnsafeHeader unless it is one that a file may have, in any language."""
    screen("attachments", name)
    if not name.strip(" .") or "/" in name or "\\" in name:
        raise UnsafeHeader("attachments", "a name is that of a file, without folders")
    if len(name) > MAX_FILE_NAME:
        raise UnsafeHeader("attachments", f"a name has at most {MAX_FILE_NAME} characters")
    return name


def _disposition(attachment: Attachment, name: str) -> str:
    if attachment.cid is None:
        return f"attachment{parameter('filename', name)}"
    if _CID.fullmatch(attachment.cid) is None:
        raise UnsafeHeader("attachments", "a cid has letters, digits and any of _+.-, such as logo or logo@example.com")
    return f"inline{parameter('filename', name)}\r\nContent-ID: <{attachment.cid}>"


def _passed_on(content: bytes, name: str) -> tuple[str, bytes]:
    """Return a whole mail as the part that it must be: never encoded (RFC 2046), its line ends those of mail."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if has_long_line(lines) or b"\0" in lines:
        problem = f"{name} has lines that no mail may have: attach it as application/octet-stream"
        raise UnsafeBody("attachments", problem)
    return ("7bit" if lines.isascii() else "8bit"), lines
