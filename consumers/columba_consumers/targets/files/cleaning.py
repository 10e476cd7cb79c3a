"""Old files at a destination: those that were never finished, and, if asked, exported ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from columba_consumers.targets.files.draft import is_draft
from columba_consumers.targets.files.receiver import Entry, Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """What is old enough to go."""

    drafts: tuple[Entry, ...]
    exports: tuple[Entry, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of it."""
        return self.drafts + self.exports


def old(entries: Iterable[Entry], *, drafts_before: datetime, exports_before: datetime | None) -> Old:
    """Return what was changed before these moments; None: no export goes, whatever its age."""
    found = sorted(entries, key=lambda entry: entry.place)
    return Old(
        drafts=tuple(entry for entry in found if is_draft(entry.name) and entry.changed_at < drafts_before),
        exports=tuple(
            entry
            for entry in found
            if exports_before is not None and not is_draft(entry.name) and entry.changed_at < exports_before
        ),
    )


async def remove(receiver: Receiver, entries: Iterable[Entry]) -> None:
    """Remove them; raises DeliveryError at the first that will not go."""
    for entry in entries:
        await receiver.remove(entry.place)
