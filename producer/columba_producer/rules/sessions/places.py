"""What to listen on, whatever an app has of sessions: classes, factories, single ones, asynchronous ones."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker
from sqlalchemy.orm import Session, scoped_session, sessionmaker

Sessions = (
    type[Session]
    | Session
    | sessionmaker[Any]
    | scoped_session[Any]
    | type[AsyncSession]
    | AsyncSession
    | async_sessionmaker[Any]
    | async_scoped_session[Any]
)


def listened_on(sessions: Sessions) -> Any:  # noqa: ANN401 - SQLAlchemy's events take classes, factories and sessions
    """Return the class, factory or session that has the events of these sessions.

    Asynchronous sessions have those of the synchronous one inside. Each factory or class of them is given a class of
    its own for that, so that other sessions are left alone. Raises TypeError.
    """
    if isinstance(sessions, async_scoped_session):
        return listened_on(sessions.session_factory)
    if isinstance(sessions, AsyncSession):
        return sessions.sync_session
    if isinstance(sessions, async_sessionmaker):
        inside = sessions.kw.get("sync_session_class")
        return _own_inside(sessions.class_) if inside is None else inside
    if isinstance(sessions, type) and issubclass(sessions, AsyncSession):
        return _own_inside(sessions)
    if isinstance(sessions, Session | sessionmaker | scoped_session):
        return sessions
    given: object = sessions
    if isinstance(given, type) and issubclass(given, Session):
        return given
    raise TypeError(f"sessions must be a Session, a sessionmaker or a class of sessions, not {given!r:.60}")


def _own_inside(asynchronous: type[AsyncSession]) -> Any:  # noqa: ANN401 - a class, or a factory that an app put there
    inside: Any = asynchronous.sync_session_class
    if not isinstance(inside, type):
        return inside
    if inside is Session or "sync_session_class" not in vars(asynchronous):
        inside = type(inside.__name__, (inside,), {})
        asynchronous.sync_session_class = inside
    return inside
