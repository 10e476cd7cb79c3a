"""All files of a destination by their hashes, and how two such trees differ."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from columba_consumers.errors import Permanent
from columba_consumers.targets.files.draft import is_draft
from columba_consumers.targets.files.receiver import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """``files`` are the hashes by place; what is not whole is counted, and no part of it."""

    files: Mapping[str, str]
    drafts: int

    @property
    def digest(self) -> str:
        """One hash of all places and contents: two trees that have the same are the same."""
        lines = (f"{digest}  {place}\n" for place, digest in sorted(self.files.items()))
        return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Places that one of two trees lacks, and those at which they have different contents."""

    missing: tuple[str, ...]
    """Here, and not at the destination."""
    extra: tuple[str, ...]
    """At the destination, and not here."""
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.missing or self.extra or self.changed)


async def tree_of(receiver: Receiver) -> Tree:
    """Return what lies there; raises DeliveryError. Files that go while they are read were not there."""
    entries = await receiver.entries()
    whole = [entry for entry in entries if not is_draft(entry.name)]
    async with asyncio.TaskGroup() as group:
        hashes = {entry.place: group.create_task(_hash(receiver, entry.place)) for entry in whole}
    found = {place: task.result() for place, task in hashes.items()}
    refused = {place: told for place, told in found.items() if isinstance(told, Permanent)}
    if refused:
        await _must_be_gone(receiver, refused)
    files = {place: told for place, told in found.items() if isinstance(told, str)}
    return Tree(files=files, drafts=len(entries) - len(whole))


def difference(here: Tree, there: Tree) -> Difference:
    """Return how the tree at a destination differs from the one here."""
    return Difference(
        missing=tuple(sorted(here.files.keys() - there.files.keys())),
        extra=tuple(sorted(there.files.keys() - here.files.keys())),
        changed=tuple(
            sorted(place for place in here.files.keys() & there.files.keys() if here.files[place] != there.files[place])
        ),
    )


async def _hash(receiver: Receiver, place: str) -> str | Permanent:
    try:
        return await receiver.sha256(place)
    except Permanent as error:
        return error


async def _must_be_gone(receiver: Receiver, refused: Mapping[str, Permanent]) -> None:
    """Raise the first refusal for a file that is there all the same."""
    for entry in await receiver.entries():
        if entry.place in refused:
            raise refused[entry.place]
