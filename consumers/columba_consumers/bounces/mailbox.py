"""A Maildir into which a mail server puts what comes back: each mail is taken in once, whatever dies in between."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from columba_shared.errors import ColumbaError

from columba_consumers.bounces.intake import Intake, Taken
from columba_consumers.bounces.part import MOST_OCTETS
from columba_consumers.bounces.report import Sort
from columba_consumers.bounces.tracing import BELIEVED

_SEEN: Final = ":2,S"
_UNSEEN: Final = ":2,"
_FOR_PEOPLE: Final = frozenset({Sort.OTHER, Sort.UNREADABLE})


class NoMaildir(ColumbaError):
    """There is no Maildir at this path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the mails that were new."""

    mails: int = 0
    reports: int = 0
    """Those that were believed."""
    suppressed: int = 0
    left: int = 0
    """No reports, not believed or not readable: they are left unread, for a person."""

    def counting(self, taken: Taken) -> "Tally":
        """Return it with one more."""
        believed = taken.belief in BELIEVED
        return Tally(
            mails=self.mails + 1,
            reports=self.reports + believed,
            suppressed=self.suppressed + sum(each.effect == "suppressed" for each in taken.bounces),
            left=self.left + (not _is_done(taken)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Takes in what is in `new`, oldest first, and moves it to `cur`: read, or unread where a person should look."""

    folder: Path

    def take_in(
        self,
        intake: Intake,
        *,
        stopping: Callable[[], bool] = lambda: False,
        progress: Callable[[], None] = lambda: None,
    ) -> Tally:
        """Take in all that is there; a mail is moved only once what follows from it is committed.

        Whoever watches is told of the ``progress`` after each: there may be very many.

        Raises NoMaildir, and whatever the log's database objects to: what was not taken in is still new then.
        """
        tally = Tally()
        for file in self._new():
            if stopping():
                break
            octets = _octets(file)
            if octets is not None:
                taken = intake.take(octets)
                tally = tally.counting(taken)
                self._move(file, taken)
                progress()
        return tally

    def _new(self) -> Iterator[Path]:
        if not all((self.folder / name).is_dir() for name in ("new", "cur")):
            raise NoMaildir(f"{self.folder} is no Maildir: it has no folders `new` and `cur`")
        return iter(sorted(each for each in (self.folder / "new").iterdir() if not each.name.startswith(".")))

    def _move(self, file: Path, taken: Taken) -> None:
        name = file.name.partition(":")[0] + (_SEEN if _is_done(taken) else _UNSEEN)
        try:
            file.rename(self.folder / "cur" / name)
        except FileNotFoundError:
            return  # somebody else has taken it in as well, which changes nothing


def _octets(file: Path) -> bytes | None:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_OCTETS)
    except FileNotFoundError:
        return None


def _is_done(taken: Taken) -> bool:
    """Say whether nobody has to look at it: it was believed, or is of a kind that says nothing."""
    return taken.belief in BELIEVED or (taken.belief is None and taken.sort not in _FOR_PEOPLE)
