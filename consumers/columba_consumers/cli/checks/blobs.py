"""Where large attachments lie, when that is not the log's database: whether it can be looked into."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from columba_shared.errors import ColumbaError

from columba_consumers.cli.checks.finding import Finding, ok, problem
from columba_consumers.cli.words import counted

if TYPE_CHECKING:
    from columba_shared.settings import Settings


def check_blobs(settings: "Settings") -> Iterator[Finding]:
    """Yield what there is of it; nothing where none is set."""
    if settings.blobs is None:
        return
    from columba_shared.blobs.opening import weekly_store

    try:
        store = weekly_store(settings.blobs)
        weeks = len(store.weeks())
        store.close()
    except ColumbaError as error:
        yield problem("blobs", str(error), fix="mend COLUMBA_BLOBS, or what it names")
    else:
        yield ok("blobs", f"{store} can be read: files of {counted(weeks, 'week')}")
