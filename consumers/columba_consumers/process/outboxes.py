"""The outboxes that `columba up` empties: the log's own and, where an app has another database, the one in there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from columba_shared.log import intake
from columba_shared.log.engine import connect, reading
from columba_shared.log.own_outbox import create_outbox
from columba_shared.log.tables import outbox as outbox_table
from columba_shared.settings import Settings
from sqlalchemy import Engine, inspect, make_url

from columba_consumers.relay import IntoLog, Relay


@dataclass(frozen=True, slots=True, kw_only=True)
class Outboxes:
    """They are open; ``elsewhere`` is None where the app's is the log's."""

    log: Engine
    elsewhere: Engine | None = None

    @property
    def others(self) -> tuple[Engine, ...]:
        """Those that are not the log's own."""
        return () if self.elsewhere is None else (self.elsewhere,)

    def relays(self, *, zone: tzinfo, moved: Callable[[], None]) -> list[Relay]:
        """Return what moves their rows into the log."""
        found = [Relay(self.log, IntoLog(engine=self.log, zone=zone), moved=moved)]
        if self.elsewhere is not None:
            mover = IntoLog(engine=self.log, outbox=self.elsewhere, zone=zone)
            found.append(Relay(self.elsewhere, mover, moved=moved))
        return found

    def have_any(self) -> bool:
        """Say whether there is anything to move."""
        return any(map(_has_any, (self.log, self.elsewhere)))


@contextmanager
def outboxes(settings: Settings, log: Engine) -> Iterator[Outboxes]:
    """Lend them; raises InvalidSetting for an outbox that cannot be one."""
    if _is_same(settings.outbox_url, settings.database_url):
        yield Outboxes(log=log)
        return
    elsewhere = connect(settings.outbox_url, setting="COLUMBA_OUTBOX_URL")
    try:
        _ensure_outbox(elsewhere)
        yield Outboxes(log=log, elsewhere=elsewhere)
    finally:
        elsewhere.dispose()


def _ensure_outbox(engine: Engine) -> None:
    """Make the table where no app has done so yet: it may be started later."""
    if not inspect(engine).has_table(outbox_table.name):
        create_outbox(engine)


def _is_same(one: str, other: str) -> bool:
    """Say whether two URLs name one database; a file may be named in several ways."""
    first, second = make_url(one), make_url(other)
    if {first.get_backend_name(), second.get_backend_name()} != {"sqlite"}:
        return one == other
    return Path(first.database or "").resolve() == Path(second.database or "").resolve()


def _has_any(outbox: Engine | None) -> bool:
    if outbox is None:
        return False
    with reading(outbox) as connection:
        return intake.first(connection) is not None
