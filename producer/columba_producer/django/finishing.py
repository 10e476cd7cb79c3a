"""From a mail of Django's to the request that ships it: its bytes, and the envelope around them."""

import email.policy
import re
from collections.abc import Mapping
from email.headerregistry import AddressHeader
from email.message import Message
from email.utils import getaddresses
from typing import Any, Final

import django
from columba_shared.errors import InvalidEvent
from columba_shared.raw_email import RawEmail
from django.utils.encoding import force_str, punycode

from columba_producer.django.priority import lane_of
from columba_producer.request import EventRequest

SAYS_MORE: Final = "columba"
"""What a mail may have an attribute of this name for: `mail.columba = {"kind": "invoice.mail", "lane": "urgent"}`."""
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_TAKES_POLICY: Final = django.VERSION >= (6, 0)
_DECIDED: Final = frozenset({"to", "audience", "target", "context", "attachments", "mail", "digest", "fallback"})
_NO_DOMAIN: Final = "addr-spec local part with no domain"
_NOT_ASCII: Final = "local-part contains non-ASCII characters)"


def finished(message: Any, *, kind: str, lane: str | None = None) -> EventRequest:  # noqa: ANN401 - Django has no types
    """Return the request for a mail that has recipients; its ``message()`` is called once.

    What the mail itself says about kind, lane and the like counts, then its headers, then what is given here. Raises
    what ``message()`` raises, ValueError for what is no address, and InvalidEvent.
    """
    mime = message.message(policy=email.policy.SMTP) if _TAKES_POLICY else message.message()
    content = mime.as_bytes() if _TAKES_POLICY else mime.as_bytes(linesep="\r\n")
    sender = _address(message.from_email)
    recipients = [_address(each) for each in message.recipients()]
    said: dict[str, Any] = {"kind": kind, "lane": lane_of(mime) or lane or "normal", **_more(message)}
    mail = RawEmail(content=_ended(content), sender=None if _is_from(mime, sender) else sender)
    return EventRequest.of({**said, "to": recipients, "mail": mail})


def _more(message: object) -> Mapping[str, Any]:
    more = getattr(message, SAYS_MORE, {})
    if not isinstance(more, Mapping):
        raise InvalidEvent(SAYS_MORE, f"must be a dict of what `enqueue` takes, not {type(more).__name__}")
    for name in more:
        if name in _DECIDED:
            raise InvalidEvent(f"{SAYS_MORE}[{name!r}]", "is what the mail itself says")
    return more


def _ended(content: bytes) -> bytes:
    """Return the mail with its lines ended as mail servers want it, the last one too, whatever made it."""
    if content.count(b"\n") != content.count(b"\r\n"):
        content = _LINE_END.sub(b"\r\n", content)
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def _address(given: object) -> str:
    """Return the plain address; raises ValueError for what could smuggle in another, or a header.

    Its domain is what Django makes of it, as in the mail's headers: newer rules make another domain of some.
    """
    text: str = force_str(given)
    if "\r" in text or "\n" in text:
        raise ValueError(f"Invalid address {text!r:.80}: it has a line break")
    if _PLAIN.fullmatch(text):  # as most are; the parser takes its time
        return text
    parsed = AddressHeader.value_parser(text)
    defects = {str(defect) for defect in parsed.all_defects} - {_NO_DOMAIN, _NOT_ASCII}
    boxes = parsed.all_mailboxes
    if defects or len(boxes) != 1:
        problem = "; ".join(sorted(defects)) or "must be a single address"
        raise ValueError(f"Invalid address {text!r:.80}: {problem}")
    found: str = boxes[0].addr_spec
    local, at, domain = found.rpartition("@")
    return found if domain.isascii() else f"{local}{at}{punycode(domain)}"


def _is_from(mime: Message, sender: str) -> bool:
    """Say whether bounces go there anyway, so that nobody has to be told.

    An address that the app has set apart from the mail's own is where it wants them.
    """
    for name in ("Sender", "From"):
        addresses = [each for _, each in getaddresses([str(value) for value in mime.get_all(name, [])]) if each]
        if len(addresses) == 1:
            return addresses[0] == sender
    return False
