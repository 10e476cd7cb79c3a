"""What became of one thing in a transaction, or in a part of one."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

from columba_producer.rules.changes import Changes


class Who(NamedTuple):
    """What tells a thing from all others that are saved."""

    model: type
    """The class that shares its keys with its subclasses."""
    primary_key: tuple[object, ...]
    place: Hashable = None
    """Where it is kept, if in one of several places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A thing that was created, changed or deleted.

    ``before`` is who it was when the part began, ``after`` who it is at its end. None before: it was created; None
    after: it was deleted.
    """

    thing: object
    before: Who | None
    after: Who | None
    changes: Changes = field(default_factory=Changes)

    @property
    def created(self) -> bool:
        """Whether it was not there before."""
        return self.before is None

    @property
    def deleted(self) -> bool:
        """Whether it is no longer there."""
        return self.after is None

    @property
    def who(self) -> Who:
        """Who it is; of what was deleted, who it was to everybody outside."""
        who = self.after or self.before
        assert who is not None, "what neither was there nor is there does not count"  # noqa: S101
        return who

    @property
    def counts(self) -> bool:
        """Whether anything became of it: what was created and deleted again, or changed back, is as it was."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return self.before != self.after or bool(self.changes)

    def then(self, later: "Saved") -> "Saved":
        """Return what became of it in both parts, one after the other."""
        known_all_along = self.before is not None and later.after is not None
        return Saved(
            thing=later.thing,
            before=self.before,
            after=later.after,
            changes=self.changes.then(later.changes) if known_all_along else Changes(),
        )
