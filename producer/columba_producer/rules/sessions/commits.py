"""Whether a session's outermost transaction is committing: from then on, what is saved is told at once."""

from typing import Final

from sqlalchemy.orm import Session

_COMMITTING: Final = "columba_rules_committing"


def outermost_commits(session: Session) -> None:
    """Take note that the outermost transaction has begun to commit, whether or not anything has mattered so far."""
    session.info[_COMMITTING] = session.get_transaction()


def outermost_is_committing(session: Session) -> bool:
    """Whether it has begun to. It stays so if another listener then raises: asking early harms nothing."""
    outermost = session.get_transaction()
    return outermost is not None and session.info.get(_COMMITTING) is outermost


def outermost_is_over(session: Session) -> None:
    """Take note that the transaction has ended."""
    session.info.pop(_COMMITTING, None)
