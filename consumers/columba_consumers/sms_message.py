"""The SMS as an app's renderer returns it."""

from msgspec import Struct


class SmsMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One text to one number, which is the delivery's address.

    ``sender`` is a number or a name that the provider lets this account send from; None takes COLUMBA_SMS_SENDER.
    """

    text: str
    sender: str | None = None

    def __post_init__(self) -> None:
        """Refuse a text that says nothing."""
        if not self.text.strip():
            raise ValueError("text: is empty")
