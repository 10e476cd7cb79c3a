"""One session's transaction: what was flushed in which part of it, and what is to be told when it commits."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, Session, SessionTransaction

from columba_producer.rules.changes import Changes
from columba_producer.rules.part import Part
from columba_producer.rules.saved import Saved, Who
from columba_producer.rules.sessions.commits import outermost_commits, outermost_is_committing
from columba_producer.rules.sessions.history import changes_of
from columba_producer.rules.sessions.questions import Questions
from columba_producer.rules.sessions.shelter import raise_if_given_up
from columba_producer.rules.sessions.way_out import WayOut

_MOST_ROUNDS: Final = 100

Changed = tuple[object, Who, Changes]
"""A thing, who it was before the flush, and what was changed."""


class Tracker:
    """Lives from the first flush that matters to the end of the outermost transaction.

    Each savepoint has a part of its own. The rules are asked when the outermost transaction is about to commit; of
    what other code saves later still they are asked again, which replaces what was wanted of that thing before.
    """

    def __init__(self, session: Session, questions: Questions, way_out: WayOut) -> None:
        self._session = session
        self._questions = questions
        self._way_out = way_out
        self._parts: dict[SessionTransaction, Part] = {}
        self._released: set[SessionTransaction] = set()
        self._created: list[object] = []
        self._changed: list[Changed] = []
        self._gone: list[object] = []
        self._preparing: Counter[SessionTransaction] = Counter()
        """How many commits began while each savepoint was the innermost: its own, or of what is around it, too."""
        self._asking = False

    @property
    def asking(self) -> bool:
        """Whether the rules are being asked: what their filters begin and end is no commit of the app's."""
        return self._asking

    def gather(self, created: Iterable[object], changed: Iterable[object]) -> None:
        """Look at what is being flushed, while its history is still there."""
        self._created = list(created)
        self._changed = list(_looked_at(changed))
        self._gone = []

    def deleted(self, thing: object) -> None:
        """Take note of a thing that is being deleted, even if nobody but a relationship asked for it."""
        self._gone.append(thing)

    def flushed(self) -> None:
        """Take in what was flushed, now that everything has its key."""
        saved = [*map(_deleted, self._gone)]
        saved += [_created(each) for each in self._created if _is_there(each)]
        saved += [
            Saved(thing=thing, before=before, after=_who(_state(thing)), changes=changes)
            for thing, before, changes in self._changed
            if _is_there(thing)
        ]
        self._created, self._changed, self._gone = [], [], []
        part = self._part(_boundary(self._session))
        part.take(saved)
        self._settle_if_it_is_time()

    def about_to_commit(self) -> None:
        """Ask the rules if this is the outermost transaction."""
        self._begun(_boundary(self._session), 1)
        self._settle_if_it_is_time()

    def committed(self) -> None:
        """Take note that the innermost transaction has been committed."""
        boundary = _boundary(self._session)
        self._released.add(boundary)
        if self._preparing[boundary]:
            self._preparing[boundary] -= 1

    def ended(self, savepoint: SessionTransaction) -> None:
        """Take what was saved since a savepoint into the part around it, or forget it if it was rolled back."""
        part = self._parts.pop(savepoint, None)
        commits = self._preparing.pop(savepoint, 0)
        if savepoint not in self._released:
            return
        self._released.discard(savepoint)
        around = _boundary(self._session)
        if part is not None:
            self._part(around).take(part)
        if commits:  # its own is done: these are of what is around it
            self._begun(around, commits)
        self._settle_if_it_is_time()

    def over(self, outermost: SessionTransaction) -> None:
        """Let go what was wanted if the transaction was committed."""
        if outermost in self._released:
            self._way_out.committed()

    def _begun(self, innermost: SessionTransaction, commits: int) -> None:
        if innermost.nested:
            self._preparing[innermost] += commits
        else:
            outermost_commits(self._session)

    def _settle_if_it_is_time(self) -> None:
        """Ask when the outermost transaction is committing, and again whenever there is more from then on."""
        boundary = _boundary(self._session)
        if outermost_is_committing(self._session) and not self._asking and not boundary.nested:
            self._asking = True
            try:
                self._settle(self._part(boundary))
                raise_if_given_up(self._session)
            finally:
                self._asking = False

    def _settle(self, part: Part) -> None:
        for _ in range(_MOST_ROUNDS):  # filters should not save anything; those that do are asked about that as well
            fresh = part.fresh()
            if not fresh:
                return
            told = [saved for who in fresh if (saved := part.told(who)) is not None]
            decided = dict.fromkeys(fresh, ()) | self._questions.answers(told)
            self._way_out.decide(decided)

    def _part(self, boundary: SessionTransaction) -> Part:
        found = self._parts.get(boundary)
        if found is None:
            found = self._parts[boundary] = Part()
        return found


def _boundary(session: Session) -> SessionTransaction:
    """Return the innermost savepoint that is open, or else the outermost transaction."""
    boundary = session.get_nested_transaction() or session.get_transaction()
    assert boundary is not None, "events of a session come from within its transaction"  # noqa: S101
    return boundary


def _looked_at(things: Iterable[object]) -> Iterator[Changed]:
    for thing in things:
        state = _state(thing)
        changes = changes_of(thing, state)
        if changes:
            yield thing, _who(state), changes


def _is_there(thing: object) -> bool:
    return _state(thing).persistent


def _deleted(thing: object) -> Saved:
    return Saved(thing=thing, before=_who(_state(thing)), after=None)


def _created(thing: object) -> Saved:
    return Saved(thing=thing, before=None, after=_who(_state(thing)))


def _who(state: InstanceState[Any]) -> Who:
    assert state.key is not None, "what has been flushed has a key"  # noqa: S101
    return Who(*state.key)


def _state(thing: object) -> InstanceState[Any]:
    state: InstanceState[Any] = inspect(thing)
    return state
