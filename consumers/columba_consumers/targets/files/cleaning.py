"""Old files at a destination: those that were never finished, and, if asked, exported ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from posixpath import normpath

from columba_consumers.targets.files.draft import is_aside, is_draft
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
    """Return what was changed before these moments; None: no export goes, whatever its age.

    Hidden files, and what lies in hidden folders, are no exports: logins keep their keys there. What was set aside
    stays: it may be the only file of its name, and its age is that of its content.
    """
    found = sorted(entries, key=lambda entry: entry.place)
    return Old(
        drafts=tuple(entry for entry in found if _is_unfinished(entry.name) and entry.changed_at < drafts_before),
        exports=tuple(
            entry
            for entry in found
            if exports_before is not None and not _is_hidden(entry.place) and entry.changed_at < exports_before
        ),
    )


async def remove(receiver: Receiver, gone: Old) -> Old:
    """Remove them, but for those that are others by now, and return what was removed.

    Raises DeliveryError at the first that will not go.
    """
    # Somebody was asked meanwhile: under the same names there may be new files, which nobody agreed to lose.
    now = {entry.place: entry for entry in await receiver.entries()}
    same = Old(
        drafts=tuple(entry for entry in gone.drafts if now.get(entry.place) == entry),
        exports=tuple(entry for entry in gone.exports if now.get(entry.place) == entry),
    )
    for entry in same.entries:
        await receiver.remove(entry.place)
    return same


def is_a_home(folder: str) -> bool:
    """Tell whether a destination's folder is where its login leads, or holds everything."""
    return normpath(folder or ".") in {".", "/", "//"}


def _is_unfinished(name: str) -> bool:
    return is_draft(name) and not is_aside(name)


def _is_hidden(place: str) -> bool:
    return any(step.startswith(".") for step in place.split("/"))
