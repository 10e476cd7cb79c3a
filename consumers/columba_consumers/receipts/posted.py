"""Whose receipts are taken: of providers that were told where to post them, and have something to sign with."""

from collections.abc import Mapping
from typing import Final, Protocol

from columba_shared.errors import InvalidSetting
from columba_shared.settings import Settings
from columba_shared.settings.sms import SMS

from columba_consumers.posting.post import Post
from columba_consumers.receipts.twilio import TwilioReceipts
from columba_consumers.receipts.word import Word

TWILIO: Final = "twilio"


class Reader(Protocol):
    """Reads what one provider posts."""

    def words(self, post: Post, query: str) -> list[Word]:
        """Return what it says, nothing for all else; raises Refusal."""


def readers(settings: Settings) -> Mapping[str, Reader]:
    """Return those that are set, by the last part of their paths; raises InvalidSetting."""
    sms = settings.own("sms", SMS)
    if sms["receipts"] is None:
        return {}
    if sms["token"] is None:
        raise InvalidSetting(sms.name_of("token"), "is needed: it proves that a receipt is Twilio's")
    return {TWILIO: TwilioReceipts(url=sms["receipts"], tokens=sms["token"])}
