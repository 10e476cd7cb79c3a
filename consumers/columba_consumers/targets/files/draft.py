"""The names under which files are written before they are whole."""

import random
import re
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

_FORM: Final = re.compile(r"\.columba-[0-9a-f]{32}-[0-9a-f]{8}-[0-9]+\.(part|old)")

_PREFIX: Final = ".columba-"
_ASIDE: Final = ".old"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One attempt's names: recognisable, and never those of another attempt that may still be writing."""

    delivery: UUID
    again: bool
    """Whether there was an attempt before, which may have left something behind."""
    _token: str = field(default_factory=lambda: f"{random.getrandbits(32):08x}")

    @property
    def family(self) -> str:
        """How the names of all attempts at this delivery begin."""
        return f"{_PREFIX}{self.delivery.hex}-"

    def name(self, number: int) -> str:
        """Return the name for the file of this number."""
        return f"{self.family}{self._token}-{number}.part"

    def aside(self, number: int) -> str:
        """Return the name under which the file of this number waits whose place is to be taken."""
        return f"{self.family}{self._token}-{number}{_ASIDE}"

    def is_left_over(self, name: str) -> bool:
        """Tell whether an earlier attempt left this."""
        return name.startswith(self.family) and is_draft(name) and not name.startswith(f"{self.family}{self._token}-")


def is_draft(name: str) -> bool:
    """Tell whether a file of this name is not whole, was never finished, or was set aside for a newer one."""
    return _FORM.fullmatch(name) is not None


def is_aside(name: str) -> bool:
    """Tell whether a file of this name was set aside: until a newer one is there, it is the only one."""
    return is_draft(name) and name.endswith(_ASIDE)
