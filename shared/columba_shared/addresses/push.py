"""A device that takes push messages: the token that Expo gave its app."""

import re
from typing import Final

_TOKEN: Final = re.compile(r"Expo(?:nent)?PushToken\[[^\[\]\s]{1,200}\]")


def check_push(address: str) -> None:
    """Return if it is a token of Expo's; raises ValueError."""
    if not _TOKEN.fullmatch(address):
        raise ValueError(
            f"is not a push token: {address!r:.60} (Expo's getExpoPushTokenAsync returns one: ExponentPushToken[…])"
        )
