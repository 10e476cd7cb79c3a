"""A mail that the app has finished, on its way with an event: looked at as that is published."""

import re
from dataclasses import dataclass
from typing import Final

from columba_shared.addresses.email import check_email, is_plain
from columba_shared.attachment import Attachment
from columba_shared.errors import InvalidEvent
from columba_shared.event import NAME_PATTERN, FinishedMail
from columba_shared.raw_email import RawEmail, check_content, sender_in

from columba_producer.request import EventRequest

FILE_NAME: Final = "mail.eml"
_TARGET: Final = "email"
_MEDIA_TYPE: Final = "message/rfc822"
_MIB: Final = 1024 * 1024
_NAME: Final = re.compile(NAME_PATTERN)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedMail:
    """The mail as a file of the event's, and what the event says of it."""

    file: Attachment
    finished: FinishedMail


def checked_mail(request: EventRequest, targets: tuple[str, ...], *, most_mib: int) -> CheckedMail:
    """Return what goes with the event; raises InvalidEvent naming the part that cannot."""
    mail = request.mail
    if not isinstance(mail, RawEmail):
        raise InvalidEvent("mail", f"must be a RawEmail, not {type(mail).__name__}")
    if targets != (_TARGET,):
        raise InvalidEvent("mail", f"goes by email, not by {', '.join(targets)}")
    for field in ("attachments", "digest", "fallback"):
        if getattr(request, field):
            raise InvalidEvent(field, "goes with no finished mail, which is all that is said")
    _check_content(mail.content, most_mib)
    return CheckedMail(
        file=Attachment(name=FILE_NAME, content=mail.content, media_type=_MEDIA_TYPE),
        finished=FinishedMail(sender=_sender(mail.sender, mail.content), account=_accounts(mail.account)),
    )


def _check_content(content: object, most_mib: int) -> None:
    if not isinstance(content, bytes):
        raise InvalidEvent("mail.content", f"must be bytes, not {type(content).__name__}")
    if len(content) > most_mib * _MIB * 4 // 3 + _MIB:  # base64 makes four bytes of three
        raise InvalidEvent("mail.content", f"has files of more than the {most_mib} MiB of COLUMBA_ATTACHMENTS_MIB")
    try:
        check_content(content)
    except ValueError as error:
        raise InvalidEvent("mail.content", str(error)) from error


def _sender(given: object, content: bytes) -> str | None:
    """Return where the app says that bounces go; None: the mail says it, as its consumer will read it."""
    if given is None:
        _check_author(content)
        return None
    try:
        check_email(str(given))
    except ValueError as error:
        raise InvalidEvent("mail.sender", str(error)) from error
    return str(given)


def _check_author(content: bytes) -> None:
    found = sender_in(content)
    if found is None:
        raise InvalidEvent("mail.content", "has no From with one address: give that, or a sender")
    name, address = found
    if not address.startswith('"') and not is_plain(address):  # in quotes there may be what only its consumer reads
        raise InvalidEvent("mail.content", f"{address!r:.60} in its {name} is no email address: nobody could send it")


def _accounts(given: str | tuple[str, ...]) -> tuple[str, ...]:
    accounts = (given,) if isinstance(given, str) else tuple(map(str, given))
    for each in accounts:
        if not _NAME.fullmatch(each):
            raise InvalidEvent("mail.account", f"{each!r:.60} is not the name of an account")
    return accounts
