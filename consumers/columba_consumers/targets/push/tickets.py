"""What Expo says of a message, in a ticket at once or in a receipt later, and what that means."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from columba_shared.log.bounce import Finding

from columba_consumers.errors import DeliveryError, Permanent, RecipientDead, Temporary, Unknown

_MEND: Final = timedelta(minutes=5)
"""Credentials are mended by somebody who has to notice first."""
_SOON: Final = timedelta(minutes=1)

_ERRORS: Final[Mapping[str, tuple[type[DeliveryError], timedelta | None, Finding]]] = {
    "DeviceNotRegistered": (RecipientDead, None, Finding.HARD),
    "MessageTooBig": (Permanent, None, Finding.REFUSED),
    "DeveloperError": (Permanent, None, Finding.REFUSED),
    "MessageRateExceeded": (Temporary, _SOON, Finding.SOFT),  # too many to this one device
    "InvalidCredentials": (Temporary, _MEND, Finding.REFUSED),
    "MismatchSenderId": (Temporary, _MEND, Finding.REFUSED),
    "InvalidProviderToken": (Temporary, _MEND, Finding.REFUSED),
    "ExpoError": (Temporary, None, Finding.REFUSED),
    "ProviderError": (Temporary, None, Finding.REFUSED),
}
_UNKNOWN: Final = (Temporary, None, Finding.REFUSED)
"""Nothing was sent: another try does no harm, and somebody reads the reason in the end."""


def id_or_error(ticket: object) -> str | DeliveryError:
    """Return the id under which there will be a receipt, or what is wrong."""
    if isinstance(ticket, dict) and ticket.get("status") == "ok" and isinstance(ticket.get("id"), str):
        taken: str = ticket["id"]
        return taken
    if not isinstance(ticket, dict) or ticket.get("status") != "error":
        return Unknown(f"a ticket that is none: {ticket!r:.200}")
    code = error_of(ticket)
    kind, after, _ = _ERRORS.get(code, _UNKNOWN)
    words = words_of(ticket)
    return Temporary(words, code=code, after=after) if kind is Temporary else kind(words, code=code)


def finding_of(receipt: Mapping[str, Any]) -> Finding | None:
    """Return what a receipt says of a device; None: it was handed on to it."""
    if receipt.get("status") != "error":
        return None
    return _ERRORS.get(error_of(receipt), _UNKNOWN)[2]


def error_of(said: Mapping[str, Any]) -> str:
    """Return the name of an error, such as DeviceNotRegistered."""
    details = said.get("details")
    found = details.get("error") if isinstance(details, dict) else None
    return found if isinstance(found, str) else "error"


def words_of(said: Mapping[str, Any]) -> str:
    """Return what people read of an error."""
    return f"{error_of(said)}: {said.get('message', 'no more is said')}"
