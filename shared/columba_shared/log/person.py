"""A person who is to be forgotten: by which names the log may know them."""

import re
from dataclasses import dataclass

from columba_shared.event import USER_PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom to forget: addresses, and perhaps the app's id for them."""

    addresses: tuple[str, ...]
    user: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that a delivery to them may be addressed to."""
        return self.addresses if self.user is None else (*self.addresses, f"{USER_PREFIX}{self.user}")

    def named_in(self, text: str | None) -> bool:
        """Say whether a text names them: not as the end or the beginning of a longer word."""
        folded = (text or "").casefold()
        words = (re.escape(each.strip().casefold()) for each in self.names)
        return any(re.search(rf"(?<![^\W_]){each}(?![^\W_])", folded) for each in words)

    def has(self, address: str) -> bool:
        """Say whether this is one of their names, however it is capitalised."""
        return address.strip().casefold() in {each.strip().casefold() for each in self.names}
