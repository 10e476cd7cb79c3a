"""One `columba up` per file: the embedded broker lives inside one process, and so must all that it serves."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from columba_shared.errors import ColumbaError, InvalidSetting
from sqlalchemy import make_url


class AlreadyUp(ColumbaError):
    """Another process serves this file."""


@contextmanager
def sole_owner(database_url: str) -> Iterator[None]:
    """Hold the file's lock while the context lasts; the kernel lets go of it however the process ends.

    Raises AlreadyUp when another process holds it, and InvalidSetting for a log that is no file or cannot be written.
    """
    file = _file(database_url)
    descriptor = _open(file.with_name(f"{file.name}.lock"))
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyUp(f"another `columba up` serves {file} already: stop it first, or use its log") from error
        yield
    finally:
        os.close(descriptor)


def _open(lock: Path) -> int:
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InvalidSetting("COLUMBA_DATABASE_URL", f"cannot write {lock}: {error.strerror}") from error


def _file(database_url: str) -> Path:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        raise InvalidSetting(
            "COLUMBA_DATABASE_URL",
            "the embedded broker goes with a SQLite file, such as sqlite:///columba.db; "
            "for another database set COLUMBA_BROKER_URL to RabbitMQ's amqp:// URL",
        )
    return Path(url.database or "").absolute()
