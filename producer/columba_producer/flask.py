"""Columba in a Flask app: `columba = Columba(app)`, and `columba.enqueue(…)` while it answers a request."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Unpack
from uuid import UUID

from columba_shared.errors import MissingExtra
from columba_shared.settings import Settings
from flask import Flask, current_app

from columba_producer.app_settings import patience_of, settings_of
from columba_producer.ids import EventIds
from columba_producer.producer import Producer, WhenAway
from columba_producer.request import EventRequest, Said

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from columba_producer.outbox import Outbox
    from columba_producer.outbox_terms import OutboxTerms

__all__ = ["Columba"]

_NAME: Final = "columba"


class Columba:
    """The extension; one serves any number of apps, each with the settings of its own configuration.

    With ``session``, such as Flask-SQLAlchemy's ``db.session``, events are written to the outbox in the session's
    transaction, and told exactly if that commits; without it they are published at once. What `TESTING` apps publish
    is kept in memory: ``columba.producer`` is a `MemoryProducer` then.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        session: "Callable[[], Session] | None" = None,
        when_away: WhenAway = "raise",
    ) -> None:
        """Prepare, and begin with an app if there is one already; ``when_away`` is as for a `Producer`."""
        self._session = session
        self._when_away = when_away
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, *, producer: Producer | None = None) -> None:
        """Read the app's settings, ``COLUMBA_…`` of its configuration and of the environment; nothing is opened yet.

        ``producer`` is published through instead of one of our own, and is the caller's to close. Raises
        InvalidSettings that tells all that is wrong at once, and MissingExtra.
        """
        app.extensions[_NAME] = _Place(
            settings_of(app.config), producer, self._when_away, writes=self._session is not None
        )

    @property
    def producer(self) -> Producer:
        """The current app's producer, which publishes at once."""
        return self._place.producer

    @property
    def outbox(self) -> "Outbox":
        """The outbox in the session's transaction; raises RuntimeError without a session."""
        place = self._place
        if self._session is None or place.terms is None:
            raise RuntimeError("there is no session to write to: Columba(app, session=db.session)")
        return place.terms.open(self._session())

    def enqueue(self, kind: str, **said: Unpack[Said]) -> UUID:
        """Return the event's id: durable already, or, with a session, written and told once that commits.

        Arguments and errors are those of `Producer.enqueue`; with a session the database's are SQLAlchemy's.
        """
        return self._way.enqueue(kind, **said)

    def withdraw(self, kind: str, *, key: str, target: str = "email") -> UUID:
        """Cancel what waits under this key of this kind; returns the withdrawal's id."""
        return self._way.withdraw(kind, key=key, target=target)

    def enqueue_many(self, requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
        """Enqueue thousands a second, in order, and return their ids; errors are the producer's or the outbox's."""
        return self._way.enqueue_many(requests)

    @property
    def _way(self) -> "Producer | Outbox":
        return self.producer if self._session is None else self.outbox

    @property
    def _place(self) -> "_Place":
        try:
            found: _Place = current_app.extensions[_NAME]
        except KeyError as error:
            raise RuntimeError("this app has no Columba yet: call columba.init_app(app)") from error
        return found


class _Place:
    """What belongs to one app. Nothing of it is open before the first event, so that forked workers share nothing."""

    def __init__(self, settings: Settings, producer: Producer | None, when_away: WhenAway, *, writes: bool) -> None:
        self._settings = settings
        self._is_given = producer is not None
        patience = patience_of(settings)
        self._producer = producer or Producer.from_settings(settings, when_away=when_away, timeout=patience)
        self._memory: Producer | None = None
        self.terms = _terms(settings) if writes else None

    @property
    def producer(self) -> Producer:
        """The producer that was given, else one in memory while the app is being tested, else the settings'."""
        if self._is_given or not current_app.testing:
            return self._producer
        if self._memory is None:
            from columba_producer.testing import MemoryProducer  # noqa: PLC0415 - apps at work need none

            self._memory = MemoryProducer.from_settings(self._settings)
        return self._memory


def _terms(settings: Settings) -> "OutboxTerms":
    try:
        from columba_producer.outbox_terms import OutboxTerms  # noqa: PLC0415 - SQLAlchemy is loaded only for this
    except ModuleNotFoundError as error:
        raise MissingExtra(f"an outbox needs {error.name}: install columba-producer[outbox]") from error
    return OutboxTerms.of(settings)
