"""An address of mail, as producers take it: plain, and one."""

import re
from typing import Final

_EMAIL: Final = re.compile(r"""[^\s<>(),;:"\\@\[\]]{1,64}@[^\s<>(),;"\\@]{1,253}""")


def check_email(address: str) -> None:
    """Return if it is one plain address; raises ValueError."""
    if not _EMAIL.fullmatch(address):
        raise ValueError(
            f"is not one plain email address: {address!r:.60} (several go in a list, a name in Recipient(name=…))"
        )
