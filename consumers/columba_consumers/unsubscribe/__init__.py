"""Leaving by one click: the link in a mail, signed, and the page and the endpoint that it leads to (RFC 8058)."""

from columba_consumers.unsubscribe.links import Links
from columba_consumers.unsubscribe.tokens import BadToken, Expired, Leaving, Tokens

__all__ = ["BadToken", "Expired", "Leaving", "Links", "Tokens"]
