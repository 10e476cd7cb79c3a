"""The log of a Django project, for what its code asks and tells it beside events: who may be told, and what was."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from columba_shared.errors import InvalidSetting, MissingExtra
from columba_shared.settings import Settings
from columba_shared.settings.setting import Origin

from columba_producer.django.configuration import NAME
from columba_producer.django.environment import environment
from columba_producer.django.publishing import producer

if TYPE_CHECKING:
    from columba_producer.address_book import AddressBook
    from columba_producer.outcomes import Outcomes


@contextmanager
def address_book() -> "Iterator[AddressBook]":
    """Lend the address book: users' addresses, and what they do not want. What is said to it is committed at once.

    So it does not belong into a transaction of Django's, where nobody knows yet whether that is going to be true, and
    SQLite would wait for itself: `transaction.on_commit` is the place. Raises InvalidSetting where nobody has said
    where the log is, MissingExtra, and what SQLAlchemy does.
    """
    with _log() as engine:
        from columba_producer.address_book import AddressBook  # noqa: PLC0415 - needs SQLAlchemy

        yield AddressBook(engine)


@contextmanager
def outcomes() -> "Iterator[Outcomes]":
    """Lend what tells what became of events; raises as ``address_book`` does."""
    with _log() as engine:
        from columba_producer.outcomes import Outcomes  # noqa: PLC0415 - needs SQLAlchemy

        yield Outcomes(engine)


def log_url() -> str:
    """Return the URL of the log's database; raises InvalidSetting where nobody has said where it is."""
    found = Settings.from_env(environment(producer().configuration, os.environ))
    if found.sources["database_url"].origin is Origin.DEFAULT:
        raise InvalidSetting(f"{NAME}['DATABASE_URL']", "is needed here: with a broker, the log may be anywhere")
    return found.database_url


@contextmanager
def _log() -> Iterator[Any]:
    """Connect for as long as it is asked: no connection is shared by threads, or by forked processes."""
    try:
        from columba_shared.log.engine import connect  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        raise MissingExtra("the log is read and written with SQLAlchemy: install columba-producer[outbox]") from error
    engine = connect(log_url())
    try:
        yield engine
    finally:
        engine.dispose()
