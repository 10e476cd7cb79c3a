"""Logs with their tables and nothing in them: made once, and copied for each test, which is several times quicker."""

import atexit
import shutil
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from columba_shared.log import migrations
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate

from tests.services.postgres import Postgres


def blank_file(place: Path) -> None:
    """Put a log in a SQLite file here."""
    shutil.copy(_file(), place)


def blank_template(server: Postgres) -> str:
    """Return the name of a database to make others from; it is made if the server has none for these migrations."""
    name = f"blank_{_digest()}"
    if name not in server.databases():
        making = f"making_{uuid4().hex[:12]}"
        server.create(making)
        engine = connect(server.url_of(making))
        migrate(engine)
        engine.dispose()
        server.rename(making, name)
    return name


@cache
def _file() -> Path:
    """Return a file that is made once and never written to again."""
    made = Path(tempfile.mkdtemp(prefix="columba-blank-")) / "columba.db"
    atexit.register(shutil.rmtree, made.parent, ignore_errors=True)
    engine = connect(f"sqlite:///{made}")
    migrate(engine)
    engine.dispose()
    return made


@cache
def _digest() -> str:
    """Return what tells these migrations from others: servers for development outlive them."""
    versions = Path(migrations.__file__).parent / "versions"
    return sha256(b"".join(path.read_bytes() for path in sorted(versions.glob("*.py")))).hexdigest()[:12]
