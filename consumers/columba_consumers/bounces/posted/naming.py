"""What a provider says which mail it means, as the evidence of a report: from its own fields alone.

What a mail server said is never part of it: a stranger wrote that, and may name another mail in it.
"""

import re
from collections.abc import Iterable
from typing import Final

_ID: Final = re.compile(r"[0-9a-f]{32}")


def evidence(*, ids: Iterable[str] = (), message_ids: Iterable[str] = (), senders: Iterable[str] = ()) -> str:
    """Return it: our ids that the provider was told, Message-IDs with or without brackets, envelope senders."""
    named = [f"<{each}@>" for each in ids if _ID.fullmatch(each)]
    named += [f"<{each.strip().strip('<>')}>" for each in message_ids if each.strip()]
    return "\n".join([*named, *senders])
