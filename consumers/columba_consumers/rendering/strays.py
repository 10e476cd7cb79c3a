"""Files in the templates' folder that no kind would ever use, and what they may have been meant for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from columba_shared.event import KIND_PATTERN

from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.languages.catalogue import CATALOGUE, FILE, FOLDER
from columba_consumers.rendering.parts import MessageParts

_CLOSE: Final = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A file that nothing uses; ``meant`` is the name that it was probably meant to have, None: nobody can tell."""

    file: str
    meant: str | None = None
    why: str = "a file of this name"

    @property
    def problem(self) -> str | None:
        """What is wrong, if it is plainly a mistake; None: it may lie there for another reason."""
        if self.meant is None:
            return None
        return f"{self.file}: nothing uses {self.why}: perhaps {self.meant} was meant"


def strays(
    edition: Edition, targets: Sequence[MessageParts[Any]], *, by_code: bool, broken: bool = False
) -> Iterator[Stray]:
    """Yield the files that neither a kind nor a template that says one uses, in order.

    ``by_code`` says whether renderers of the app may use the templates of any folder, however deep it lies; ``broken``,
    whether some template cannot be read, so that nobody knows what it uses.
    """
    files = [file for parts in targets for file in parts.files()]
    own = {name for name in edition.files if _of_kind(name, by_code=by_code) and name.rpartition("/")[2] in files}
    used, may_use_any = _reached(edition, own)
    for name in sorted(edition.files):
        if name in used or _is_spoken(name):
            continue
        found = _stray(name, edition.files, files)
        if found.meant is not None or not (may_use_any or broken):
            yield found


def _of_kind(name: str, *, by_code: bool) -> bool:
    folder = name.rpartition("/")[0]
    return bool(folder) and (by_code or re.match(KIND_PATTERN, folder) is not None)


def _reached(edition: Edition, names: set[str]) -> tuple[set[str], bool]:
    """Return these files and all that they lead to, and whether they may lead to any: by a name that is computed."""
    seen: set[str] = set()
    waiting = list(names)
    anywhere = False
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for other in edition.leads_to(name):
            anywhere |= other is None
            waiting.extend(() if other is None else (other,))
    return seen, anywhere


def _is_spoken(name: str) -> bool:
    """Say whether it is a catalogue, or what tools keep beside it; one for an unknown locale is told elsewhere."""
    return CATALOGUE.fullmatch(name) is not None or (name.startswith(f"{FOLDER}/") and name.endswith((".pot", ".mo")))


def _stray(name: str, files: Mapping[str, Any], known: Sequence[str]) -> Stray:
    """Return the stray; what may have been meant by it is no file that there is."""
    folder, _, file = name.rpartition("/")
    if name.startswith(f"{FOLDER}/"):
        meant = f"{'/'.join(name.split('/')[:2])}/{FILE}" if file.endswith(".po") else None
        return Stray(
            file=name, meant=None if meant in files else meant, why="it, since no catalogue is looked for there"
        )
    if file in known:
        why = f"it, since {folder} is no kind's folder" if folder else "it, since it lies in no kind's folder"
        return Stray(file=name, meant=_folder_meant(folder, file), why=why)
    near = get_close_matches(file, known, n=1, cutoff=_CLOSE)
    meant = f"{folder}/{near[0]}" if near and folder else None
    return Stray(file=name, meant=None if meant in files else meant)


def _folder_meant(folder: str, file: str) -> str:
    """Return where a part may have been meant to lie."""
    kind = re.sub(r"[^a-z0-9_-]+", ".", folder.lower()).strip(".")
    return f"{kind or 'the.kind'}/{file}"
