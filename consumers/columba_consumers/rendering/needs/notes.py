"""Notes of which facts were met on a way through a template, and whether there is any way past them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from columba_shared.contract.path import Path


@dataclass(slots=True, kw_only=True)
class Noted:
    """One fact: whether whoever comes this way needs it in any case, and where, such uses first."""

    always: bool = False
    needed_at: list[str] = field(default_factory=list)
    met_at: list[str] = field(default_factory=list)

    def add(self, other: "Noted", *, always: bool) -> None:
        """Take over what another way has met."""
        self.always = self.always or always
        _extend(self.needed_at if always else self.met_at, other.needed_at)
        _extend(self.met_at, other.met_at)


class Notes:
    """What was met on one way; ways that part have notes of their own, which are joined where they meet again."""

    def __init__(self) -> None:
        self.facts: dict[Path, Noted] = {}
        self.absent: dict[str, Noted] = {}
        """Names that have no meaning where they are used."""

    def meet(self, path: Path, place: str) -> None:
        """Note that a fact is spoken of, as it may be without being there."""
        _extend(self.facts.setdefault(path, Noted()).met_at, [place])

    def need(self, path: Path, place: str) -> None:
        """Note that there is no going on without a fact."""
        _need(self.facts.setdefault(path, Noted()), place)

    def lack(self, name: str, place: str) -> None:
        """Note that there is no going on, since a name means nothing."""
        _need(self.absent.setdefault(name, Noted()), place)

    def join(self, ways: "Sequence[Notes]", *, every: Path | None = None) -> None:
        """Take over the notes of ways of which one is taken: what is needed on all of them is needed.

        The first is taken for certain by whatever lies below ``every``: a loop's body by its items.
        """
        for path in dict.fromkeys(path for way in ways for path in way.facts):
            below = every is not None and path[: len(every)] == every and _always(ways[0].facts.get(path))
            always = below or all(_always(way.facts.get(path)) for way in ways)
            for way in ways:
                if path in way.facts:
                    self.facts.setdefault(path, Noted()).add(way.facts[path], always=always)
        for name in dict.fromkeys(name for way in ways for name in way.absent):
            always = all(_always(way.absent.get(name)) for way in ways)
            for way in ways:
                if name in way.absent:
                    self.absent.setdefault(name, Noted()).add(way.absent[name], always=always)


def _always(noted: Noted | None) -> bool:
    return noted is not None and noted.always


def _need(noted: Noted, place: str) -> None:
    noted.always = True
    _extend(noted.needed_at, [place])


def _extend(places: list[str], more: list[str]) -> None:
    places.extend(place for place in more if place not in places)
