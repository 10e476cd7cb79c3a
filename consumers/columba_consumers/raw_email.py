"""A mail that the app has finished itself: signed, encrypted, or made by another library."""

from msgspec import Struct


class RawEmail(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="raw"):
    """``content`` is the whole mail, headers and all, as it goes out: byte for byte, with CRLF line ends.

    It goes to the delivery's recipient, whoever its headers name. ``sender`` is where bounces go; None takes the
    address in its ``Sender``, else in its ``From``. ``account`` is as an EmailMessage has it.
    """

    content: bytes
    sender: str | None = None
    account: str | tuple[str, ...] = ()
