"""Text as octets, of which some cannot be."""

from columba_consumers.errors import InvalidMessage


def octets(name: str, text: str) -> bytes:
    """Return a field of a message in UTF-8; raises InvalidMessage, which names it, for half a character."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidMessage(f"{name}: holds half a character, a surrogate without its other half") from error
