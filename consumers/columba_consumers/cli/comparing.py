"""`columba dead --compare`: the broker's dead letters and the log's dead deliveries, each restored from the other."""

from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from columba_shared.clock import utc_now
from columba_shared.topology import dead_queue

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.lettered import purged_letters
from columba_consumers.cli.letters import letters_in
from columba_consumers.cli.opening import access_of
from columba_consumers.cli.screen import note, print_json, progress, show, table

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

    from columba_consumers.cli.reunion import Reunited

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How one target's dead letters compare with the log.

    ``strangers`` only the broker knows, ``stale`` are no longer dead or have a newer letter, ``missing`` are dead
    and have none, ``purged`` may have been purged.
    """

    letters: int = 0
    strangers: int = 0
    stale: int = 0
    missing: int = 0
    purged: int = 0
    malformed: Counter[str] = field(default_factory=Counter)
    queue: bool = True


def show_compared(read: "Settings", engine: "Engine", author: "Author | None", *, as_json: bool) -> bool:
    """Compare them and print how; with an author, mend it. False when something cannot be read, or has no queue."""
    if read.embedded:
        raise Failure("embedded, the log itself keeps what is dead: there is nothing to compare it with")
    found = {target: _compared(read, engine, target, mend=author is not None) for target in read.targets}
    if author is not None:
        _write_down(engine, author, found)
    if as_json:
        print_json({"restored": author is not None, "targets": found})
    else:
        _tell(found, mended=author is not None)
    return all(each.queue and not each.malformed for each in found.values())


def _compared(read: "Settings", engine: "Engine", target: str, *, mend: bool) -> Compared:
    from columba_consumers.cli.reunion import Reunion

    began = utc_now()
    with letters_in(dead_queue(target), access_of(read)) as letters:
        if letters is None:
            return Compared(queue=False)
        with progress(f"comparing {target}", total=letters.waiting) as advance:
            found = Reunion(engine=engine, target=target, changes=mend).reunite(letters, advance=advance)
    return Compared(
        letters=found.letters,
        strangers=len(found.strangers),
        stale=found.stale,
        missing=sum(_missing(engine, target, found, until=began, mend=mend)),
        purged=found.purged,
        malformed=found.malformed,
    )


def _missing(engine: "Engine", target: str, found: "Reunited", *, until: datetime, mend: bool) -> Iterator[int]:
    """Yield, chunk by chunk, how many dead deliveries have no letter; what died since the look began is left out."""
    from columba_shared.log import copies
    from columba_shared.log.transacting import transact

    for ids in _buried(engine, target, until):
        lacking = _without(ids, found.kept.keys())
        if mend and lacking:
            transact(engine, partial(copies.unbury, ids=lacking))
        yield len(lacking)


def _buried(engine: "Engine", target: str, until: datetime) -> Iterator[list[UUID]]:
    from columba_shared.log import copies
    from columba_shared.log.engine import reading

    after: UUID | None = None
    while True:
        with reading(engine) as connection:
            ids = copies.buried(connection, target=target, until=until, after=after, limit=_CHUNK)
        if not ids:
            return
        yield ids
        after = ids[-1]


def _without(ids: list[UUID], there: AbstractSet[UUID]) -> list[UUID]:
    return [key for key in ids if key not in there]


def _write_down(engine: "Engine", author: "Author", found: dict[str, Compared]) -> None:
    from columba_shared.log.audit import Act, Deed, note

    detail = {
        target: {"strangers": each.strangers, "stale": each.stale, "missing": each.missing}
        for target, each in found.items()
    }
    with engine.begin() as connection:
        note(connection, [Act(author=author, what=Deed.RESTORED, at=utc_now(), detail=detail)])


def _tell(found: dict[str, Compared], *, mended: bool) -> None:
    rows = [
        (target, f"{each.letters:,}", f"{each.strangers:,}", f"{each.missing:,}", f"{each.stale:,}")
        for target, each in found.items()
    ]
    columns = ("target", "letters", "not in the log", "no letter", "stale")
    show(table(columns, rows, right=columns[1:]))
    for target, each in found.items():
        if not each.queue:
            note(f"There is no queue {dead_queue(target)}: run `columba topology apply`.")
        if each.purged:
            note(f"{target}: {purged_letters(each.purged)}")
        for reason, number in sorted(each.malformed.items()):
            note(f"{target}: {number:,} cannot be read and stay: {reason}.")
    if any(each.strangers or each.missing or each.stale for each in found.values()):
        note(
            "Recorded, dropped, and for the reconciler to publish."
            if mended
            else "`columba dead --restore` records the first, lets the reconciler publish the second, drops the third."
        )
