"""What the templates of a kind need: facts by their paths, where, and whether always."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from columba_shared.contract.path import Every, Path, spelled
from jinja2 import nodes

from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.needs.notes import Noted
from columba_consumers.rendering.needs.reader import Reader
from columba_consumers.rendering.needs.trail import Trail
from columba_consumers.rendering.parts import MessageParts

ABOUT: Final = "about"
"""What a loader finds; nobody publishes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One fact, where it is needed (or, if it may be missing, spoken of), and whether it is whenever this is said."""

    name: str
    always: bool
    places: tuple[str, ...]
    path: Path

    @property
    def is_about(self) -> bool:
        """Whether it belongs to the thing that the event is about."""
        return self.path[0] == ABOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the templates of one kind need on one target, and what is wrong with them whatever they are given."""

    needs: tuple[Need, ...]
    faults: tuple[str, ...]
    blind: tuple[str, ...]
    """Where they go on to a template that is known only when they are rendered: what that needs is not known."""


class _Trees:
    """The templates of an edition, each parsed once."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._parsed: dict[str, nodes.Template | None] = {}

    def __call__(self, name: str) -> nodes.Template | None:
        if name not in self._parsed:
            self._parsed[name] = self._edition.tree(name)
        return self._parsed[name]

    def there(self, name: str) -> bool:
        return name in self._edition.files


def needs_of(edition: Edition, kind: str, parts: MessageParts[Any]) -> Needs:
    """Return what all parts of a message need together; raises TemplateError for two files that say the same part."""
    trail = Trail(written=edition.place)
    reader = Reader(trail, _Trees(edition), edition.supplied)
    for name in edition.files_of(kind, parts):
        reader.read(name)
    faults = dict.fromkeys(
        f"{place}: {why}" for why, noted in trail.notes.absent.items() if noted.always for place in noted.needed_at[:1]
    )
    return Needs(needs=tuple(_needs(trail.notes.facts)), faults=tuple(trail.faults | faults), blind=tuple(trail.blind))


def _needs(facts: dict[Path, Noted]) -> Iterator[Need]:
    """Yield them in order, those left out that go without saying: what has a need below it is needed as well."""
    for path in sorted(facts, key=spelled):
        noted = facts[path]
        if isinstance(path[-1], Every) or any(_says(path, noted, other, facts[other]) for other in facts):
            continue
        places = noted.needed_at if noted.always else [*noted.needed_at, *noted.met_at]
        yield Need(name=spelled(path), always=noted.always, places=tuple(dict.fromkeys(places)), path=path)


def _says(path: Path, noted: Noted, other: Path, found: Noted) -> bool:
    """Say whether ``other`` lies below ``path``, and says at least as much of it."""
    below = len(other) > len(path) and other[: len(path)] == path
    return below and (found.always or not noted.always) and not _empties(other[len(path) :])


def _empties(steps: Iterable[object]) -> bool:
    """Say whether what is there may be empty, so that nothing below it is asked for."""
    return next(iter(steps), None) in set(Every)
