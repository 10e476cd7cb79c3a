"""What kind of content a file has: as its sender says, or as its name's ending does."""

from mimetypes import MimeTypes
from typing import Final

from columba_shared.attachment import MEDIA_TYPE

from columba_consumers.targets.email.unsafe import UnsafeHeader

_ANY: Final = "application/octet-stream"
_KNOWN: Final = MimeTypes()
"""Python's own table alone: what a host's files say must not make two hosts' mails differ."""
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_MORE: Final = {
    ".7z": "application/x-7z-compressed",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".eml": "message/rfc822",
    ".gz": "application/gzip",
    ".ics": "text/calendar",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".vcf": "text/vcard",
    ".webp": "image/webp",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}


def media_type(given: str | None, name: str, content: bytes) -> str:
    """Return the type with its parameters; text beyond ASCII gets its charset if it is UTF-8. Raises UnsafeHeader."""
    chosen = _guessed(name) if given is None else given
    match = MEDIA_TYPE.fullmatch(chosen)
    if match is None or match[1].lower().startswith("multipart/"):
        raise UnsafeHeader("attachments", "a media type is such as application/pdf or text/csv; charset=utf-8")
    if chosen.lower().startswith("text/") and "charset=" not in match[2].lower() and _is_wide(content):
        return f"{chosen}; charset=utf-8"
    return chosen


def _guessed(name: str) -> str:
    """Ask the name's ending; a compressed file (``.svgz``) is what it is now, not what it will be."""
    ending = f".{name.rpartition('.')[2].lower()}"
    if ending in _MORE:
        return _MORE[ending]
    found, compression = _KNOWN.guess_type(f"./{name}", strict=False)
    return _ANY if found is None or compression is not None else found


def _is_wide(content: bytes) -> bool:
    """Say whether it is text in UTF-8 that ASCII cannot write."""
    if content.isascii():
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
