"""The files that an app gives with an event: each checked before anything of it is read."""

import re
from collections.abc import Iterable
from typing import Final

from columba_shared.attachment import MEDIA_TYPE, Attachment
from columba_shared.enclosure import CID_PATTERN, MAX_ENCLOSURES, MAX_FILE_NAME
from columba_shared.errors import InvalidEvent

_CID: Final = re.compile(CID_PATTERN)
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def checked_attachments(given: object) -> tuple[Attachment, ...]:
    """Return them in the order given; raises InvalidEvent naming the part that cannot be."""
    found = (given,) if isinstance(given, Attachment) else given
    if not isinstance(found, Iterable) or isinstance(found, str | bytes | dict):
        raise InvalidEvent("attachments", f"must be Attachments, not {type(given).__name__}")
    attachments: list[Attachment] = []
    for position, each in enumerate(found):
        if position == MAX_ENCLOSURES:
            raise InvalidEvent("attachments", f"at most {MAX_ENCLOSURES} go with one event")
        attachments.append(_checked(each, f"attachments[{position}]"))
    cids = [each.cid for each in attachments if each.cid is not None]
    twice = [cid for cid in cids if cids.count(cid) > 1]
    if twice:
        raise InvalidEvent("attachments", f"two have the cid {twice[0]}")
    return tuple(attachments)


def _checked(given: object, place: str) -> Attachment:
    if not isinstance(given, Attachment):
        raise InvalidEvent(place, f"must be an Attachment, not {type(given).__name__}")
    _check_name(given.name, f"{place}.name")
    if given.media_type is not None:
        _check_media_type(given.media_type, f"{place}.media_type")
    if given.cid is not None and not _CID.fullmatch(str(given.cid)):
        raise InvalidEvent(f"{place}.cid", "has letters, digits and any of _+.-, such as logo or logo@example.com")
    return given


def _check_name(name: object, place: str) -> None:
    if not isinstance(name, str) or not name.strip(" .") or _CONTROL.search(name):
        raise InvalidEvent(place, f"must be a file's name, without control characters: {name!a:.60}")
    if "/" in name or "\\" in name:
        raise InvalidEvent(place, f"{name!r:.60} is that of a file, without folders")
    if len(name) > MAX_FILE_NAME:
        raise InvalidEvent(place, f"is {len(name)} characters long, at most {MAX_FILE_NAME} are accepted")


def _check_media_type(given: object, place: str) -> None:
    text = str(given)
    if not MEDIA_TYPE.fullmatch(text) or text.lower().startswith("multipart/"):
        raise InvalidEvent(place, f"{given!r:.60} is not such as application/pdf or text/csv; charset=utf-8")
