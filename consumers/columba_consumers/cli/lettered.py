"""Replays beside a broker: the dead letters of all targets concerned, before the log is asked and after it went."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from columba_shared.log.engine import reading
from columba_shared.log.orders import in_force
from columba_shared.topology import dead_queue

from columba_consumers.cli import strangers
from columba_consumers.cli.letters import letters_in
from columba_consumers.cli.opening import access_of
from columba_consumers.cli.recall import Recall
from columba_consumers.cli.reunion import Reunion, Reunited
from columba_consumers.cli.screen import note, progress
from columba_consumers.cli.words import counted

if TYPE_CHECKING:
    from columba_shared.log.entries import DeliveryEntry
    from columba_shared.settings import Settings
    from sqlalchemy import Engine


@dataclass(slots=True, kw_only=True)
class Lettered:
    """What came of one target's dead letters: ``strangers`` were recorded, ``stale`` left their queue.

    Letters of what may have been ``purged`` stay there.
    """

    letters: int = 0
    strangers: int = 0
    stale: int = 0
    purged: int = 0
    malformed: Counter[str] = field(default_factory=Counter)

    def add(self, found: Reunited) -> None:
        """Count what another look came to; what stays is there each time."""
        self.letters = max(self.letters, found.letters)
        self.strangers += len(found.strangers)
        self.stale += found.stale
        self.purged, self.malformed = found.purged, found.malformed


def compared(read: "Settings", engine: "Engine", recall: Recall, *, changes: bool) -> "dict[str, Reunited | None]":
    """Compare the dead letters with the log, and perhaps restore one from the other; None: there is no such queue."""
    found: dict[str, Reunited | None] = {}
    for target in (recall.chosen.target,) if recall.chosen.target else read.targets:
        reunion = Reunion(engine=engine, target=target, changes=changes)
        with letters_in(dead_queue(target), access_of(read)) as letters:
            if letters is None:
                found[target] = None
                continue
            with progress(f"comparing {target}", total=letters.waiting) as advance:
                found[target] = reunion.reunite(letters, advance=advance)
    return found


def unrecorded(engine: "Engine", recall: Recall, letters: "Mapping[str, Reunited | None]") -> "list[DeliveryEntry]":
    """Return what only the broker knows, and would be recorded as dead and chosen."""
    known = [each for found in letters.values() if found is not None for each in found.strangers]
    with reading(engine) as connection:
        current = in_force(connection)
    remembered = [each for each in known if not current.has_forgotten(each.address, each.asked)]
    return strangers.meant(remembered, recall.chosen)


def tell_letters(letters: "Mapping[str, Lettered | None]", *, dry_run: bool) -> None:
    """Say what came of the letters, where it was anything."""
    for target, found in letters.items():
        if found is None:
            queue = dead_queue(target)
            note(f"columba: there is no queue {queue}: run `columba topology apply`, or mend --target")
            continue
        if found.strangers:
            were = "are recorded first" if dry_run else "were recorded first"
            note(f"{found.strangers:,} by {target} only the broker knew: they {were}.")
        if found.stale:
            left = "would leave" if dry_run else "left"
            note(f"{counted(found.stale, 'letter')} {left} {dead_queue(target)}: on their way again, or over.")
        if found.purged:
            note(purged_letters(found.purged))
        for reason, number in sorted(found.malformed.items()):
            note(f"{number:,} cannot be read and stay: {reason}.")


def purged_letters(number: int) -> str:
    """Say that so many letters are about what the log may have had and wants no more, and what removes them."""
    return (
        f"{counted(number, 'letter')} not brought back: about what was purged, or is as old. "
        "`columba purge --dead-letters` removes such letters."
    )
