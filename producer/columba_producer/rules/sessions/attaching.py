"""Attaching rules to sessions: the events of SQLAlchemy that are listened to, and what each is passed on to."""

from collections.abc import Callable
from typing import Self

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from columba_producer.errors import InvalidRule
from columba_producer.rules.publishing import Publishes
from columba_producer.rules.registry import Rules
from columba_producer.rules.sessions.commits import outermost_commits, outermost_is_over
from columba_producer.rules.sessions.places import Sessions, listened_on
from columba_producer.rules.sessions.questions import Questions
from columba_producer.rules.sessions.shelter import connection_joined, connections_left
from columba_producer.rules.sessions.tracker import Tracker
from columba_producer.rules.sessions.way_out import AfterCommit, OpenOutbox, WayOut, WithinTransaction


class Attached:
    """Rules at work on sessions, until they are detached. As a context manager it detaches at the end."""

    def __init__(self, sessions: Sessions, rules: Rules, open_way_out: Callable[[Session], WayOut]) -> None:
        self._rules = rules
        self._open_way_out = open_way_out
        self._place = listened_on(sessions)
        self._listeners: dict[str, Callable[..., None]] = {
            "after_begin": self._after_begin,
            "after_flush": self._after_flush,
            "persistent_to_deleted": self._persistent_to_deleted,
            "after_flush_postexec": self._after_flush_postexec,
            "before_commit": self._before_commit,
            "after_commit": self._after_commit,
            "after_transaction_end": self._after_transaction_end,
        }
        for name, listener in self._listeners.items():
            event.listen(self._place, name, listener)
        self._at_work = True

    def detach(self) -> None:
        """Listen no more; what open transactions have saved is not told. Doing it twice is harmless."""
        if self._at_work:
            self._at_work = False
            for name, listener in self._listeners.items():
                event.remove(self._place, name, listener)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Detach."""
        self.detach()

    def _after_begin(self, session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
        connection_joined(session, connection)

    def _after_flush(self, session: Session, _context: UOWTransaction) -> None:
        about = self._rules.about
        created = [each for each in session.new if about(type(each))]
        changed = [each for each in session.dirty if about(type(each))]
        tracker = self._tracker(session) if created or changed else self._known(session)
        if tracker is not None:
            tracker.gather(created, changed)

    def _persistent_to_deleted(self, session: Session, thing: object) -> None:
        if self._rules.about(type(thing)):
            tracker = self._tracker(session)
            if tracker is not None:
                tracker.deleted(thing)

    def _after_flush_postexec(self, session: Session, _context: UOWTransaction) -> None:
        tracker = self._known(session)
        if tracker is not None:
            tracker.flushed()

    def _before_commit(self, session: Session) -> None:
        tracker = self._known(session)
        if tracker is not None and tracker.asking:
            return
        if session.get_nested_transaction() is None:
            session.flush()  # the commit would do so next; only then is it known what there is to tell
            outermost_commits(session)
            tracker = self._known(session)
        else:  # perhaps within a flush, and perhaps it is the outermost transaction that commits
            tracker = self._tracker(session)
        if tracker is not None:
            tracker.about_to_commit()

    def _after_commit(self, session: Session) -> None:
        tracker = self._known(session)
        if tracker is not None:
            tracker.committed()

    def _after_transaction_end(self, session: Session, transaction: SessionTransaction) -> None:
        tracker = self._known(session)
        if transaction.parent is None:
            connections_left(session)
            outermost_is_over(session)
            if tracker is not None:
                del session.info[self._rules]
                tracker.over(transaction)
        elif transaction.nested and tracker is not None:
            tracker.ended(transaction)

    def _known(self, session: Session) -> Tracker | None:
        """Return this transaction's tracker; None: nothing has mattered so far, or others track the same rules."""
        found: tuple[Attached, Tracker] | None = session.info.get(self._rules)
        return found[1] if found is not None and found[0] is self else None

    def _tracker(self, session: Session) -> Tracker | None:
        """Return this transaction's tracker, perhaps a new one; None: the same rules are attached twice."""
        found: tuple[Attached, Tracker] | None = session.info.get(self._rules)
        if found is None or not found[0]._at_work:  # noqa: SLF001 - another of our own
            tracker = Tracker(session, Questions(session, self._rules), self._open_way_out(session))
            session.info[self._rules] = (self, tracker)
            return tracker
        return found[1] if found[0] is self else None


def attach(
    sessions: Sessions, rules: Rules, *, producer: Publishes | None = None, outbox: OpenOutbox | None = None
) -> Attached:
    """Set rules to work on whatever these sessions save: a Session, a sessionmaker or a class, asynchronous or not.

    With ``outbox``, such as ``Outbox`` itself or ``partial(Outbox, targets=("files",))``, events are written in the
    transaction that saves, and exist exactly if it commits. With ``producer`` they are published once it has committed:
    what a broker that is away does not take is on record in ``rules.failures``, and a process that dies in between
    loses them unseen.

    Raises InvalidRule unless one of the two is given, and TypeError for what are no sessions.
    """
    if outbox is not None and producer is None:
        return Attached(sessions, rules, lambda session: WithinTransaction(outbox(session), rules.failures))
    if producer is not None and outbox is None:
        return Attached(sessions, rules, lambda _session: AfterCommit(producer, rules.failures))
    raise InvalidRule("outbox", "give outbox=, where the database has an outbox table, or else producer=")
