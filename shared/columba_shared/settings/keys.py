"""Keys that sign: never shown, wherever a value is printed."""

import re
from typing import Final

_SHORTEST: Final = 32


class Keys(tuple[str, ...]):
    """Several keys, the newest first: it signs, and what the others have signed is still known."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Say how many there are, and nothing of what they are."""
        return f"{len(self)} {'key' if len(self) == 1 else 'keys'}"

    __str__ = __repr__


def keys(value: str) -> Keys:
    """Take keys separated by commas; the text of an error holds none of them."""
    found = Keys(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    if any(re.fullmatch(rf"[!-~]{{{_SHORTEST},}}", key) is None for key in found):
        raise ValueError(
            f"must be keys of {_SHORTEST} or more visible ASCII characters, separated by commas, the newest first: "
            "`openssl rand -base64 33` makes one"
        )
    return found
