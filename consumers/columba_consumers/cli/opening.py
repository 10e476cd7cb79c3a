"""What commands open: the settings, the log, the broker. What the database objects to is translated here."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from columba_shared.errors import ColumbaError
from columba_shared.log.errors import LogAbsent
from columba_shared.redaction import redacted
from columba_shared.settings import Settings
from columba_shared.telemetry import configure

from columba_consumers.cli.failure import Failure

if TYPE_CHECKING:
    from columba_shared.publishing import Publisher
    from columba_shared.publishing.connection import Access
    from sqlalchemy import Engine

_LONGEST: Final = 300


class LogAway(ColumbaError):
    """The log's database does not do what it was asked; the text names the setting and the database's own words."""


def settings() -> Settings:
    """Read the settings and set up logging by them; raises InvalidSettings."""
    found = Settings.from_env()
    configure(found.log_level, found.log_format)
    return found


@contextmanager
def log_of(settings: Settings, *, current: bool = True) -> Iterator["Engine"]:
    """Lend the log, whose tables are those this version works with unless ``current`` is off.

    Raises LogNotReady, LogAway and InvalidSetting.
    """
    from columba_shared.log.engine import connect
    from columba_shared.log.revision import require_current

    engine = connect(settings.database_url)
    try:
        with translated(settings):
            if current:
                _require_file(engine)
                require_current(engine)
            yield engine
    finally:
        engine.dispose()


@contextmanager
def translated(settings: Settings, *, setting: str = "COLUMBA_DATABASE_URL") -> Iterator[None]:
    """Turn the database library's errors into LogAway."""
    from sqlalchemy.exc import DBAPIError, ProgrammingError, SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        text = " ".join(str(cause).split())[:_LONGEST] or type(cause).__name__
        if isinstance(error, ProgrammingError):
            text += "; has `columba migrate` been run for it?"
        where = redacted(settings.outbox_url if setting == "COLUMBA_OUTBOX_URL" else settings.database_url)
        raise LogAway(f"{setting}: the database {where} does not work: {text}") from error


def access_of(settings: Settings) -> "Access":
    """Return how the broker is reached; only for settings that name one."""
    from columba_shared.publishing.connection import Access

    if settings.embedded:
        raise Failure(
            "COLUMBA_BROKER_URL is memory://: there is no broker to talk to. "
            "Set it to amqp://user:password@host:5672/vhost for RabbitMQ.",
        )
    return Access.to(settings.broker_url, ca_file=settings.amqp_ca_file, io_timeout=settings.confirm_timeout)


def publisher_of(settings: Settings) -> "Publisher":
    """Return a publisher for the broker that the settings name."""
    from columba_shared.publishing import Publisher

    return Publisher(settings.broker_url, timeout=settings.confirm_timeout, ca_file=settings.amqp_ca_file)


def _require_file(engine: "Engine") -> None:
    """Refuse to open a SQLite file that is not there: that would create it, and looking leaves nothing behind."""
    name = engine.url.database
    if engine.dialect.name == "sqlite" and name and name != ":memory:" and not Path(name).exists():
        raise LogAbsent(
            f"COLUMBA_DATABASE_URL names {name}, and there is no such file (looked from {Path.cwd()}): "
            "run `columba migrate` to create it, or go to the folder where it is",
        )
