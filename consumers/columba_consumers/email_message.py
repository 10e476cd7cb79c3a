"""The email as an app's renderer returns it: what to say, not how it travels."""

from collections.abc import Mapping
from typing import Final

from columba_shared.attachment import Attachment
from msgspec import Struct

from columba_consumers.invite import Invite

MAX_COPIES: Final = 90
"""Copies of one mail; with the recipient this stays below the 100 that every SMTP server must accept."""


class EmailMessage(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="composed"):
    """One email for one recipient; the recipient's own address comes from the delivery.

    Addresses are ``bob@example.com`` or ``Bob Builder <bob@example.com>``. ``bcc`` travels in the envelope only.
    ``sender`` is the From of the mail; None takes the one from the settings. ``headers`` are any others; those of lists
    (``List-Unsubscribe`` and so on) are checked, since mail programs act on them. ``account`` names the mail account
    that it goes by, or several, of which the first that works is taken; none: as COLUMBA_SMTP_ROUTES says.
    """

    subject: str
    text: str | None = None
    html: str | None = None
    sender: str | None = None
    reply_to: str | tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    headers: Mapping[str, str] = {}
    attachments: tuple[Attachment, ...] = ()
    invite: Invite | None = None
    account: str | tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a mail that says nothing, or that goes to a crowd."""
        if self.text is None and self.html is None:
            raise ValueError("text, html: give at least one of the two")
        if len(self.cc) + len(self.bcc) > MAX_COPIES:
            raise ValueError(f"cc, bcc: at most {MAX_COPIES} copies; publish an event for many recipients instead")
        if self.attachments:
            _check_cids(self.attachments, html=self.html)


def _check_cids(attachments: tuple[Attachment, ...], *, html: str | None) -> None:
    cids = [attachment.cid for attachment in attachments if attachment.cid is not None]
    if cids and html is None:
        raise ValueError(f"attachments: {cids[0]} is part of the HTML (it has a cid), and there is no html")
    twice = [cid for cid in cids if cids.count(cid) > 1]
    if twice:
        raise ValueError(f"attachments: two have the cid {twice[0]}")
