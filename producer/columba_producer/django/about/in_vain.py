"""Which deliveries about objects came to nothing, as the log has them: who was to get one has not been told."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from columba_shared.about_mail import KINDS
from columba_shared.settings import Settings

from columba_producer.django.program import project_environment, require_installed

InVain = Callable[[Iterable[tuple[str, UUID]]], set[tuple[str, UUID]]]


@contextmanager
def asking() -> Iterator[InVain]:
    """Lend what is asked of the log, which is connected to once, and only if there is anything to ask.

    It returns those users, each with the event that was to tell them, whose delivery has ended otherwise than sent.
    What the log does not know, any more, counts as told. Raises what the log's database raises.
    """
    with ExitStack() as stack:
        engine: Any = None

        def in_vain(told: Iterable[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
            nonlocal engine
            wanted = set(told)
            if not wanted:
                return set()
            from columba_shared.log.told import told_in_vain  # noqa: PLC0415 - needs SQLAlchemy

            engine = engine or stack.enter_context(_log())
            return told_in_vain(engine, wanted)

        yield in_vain


def stopped_since(moment: datetime) -> set[UUID]:
    """Return the events about objects of which people have cancelled a delivery since then, or may have yet.

    Raises ColumbaError where the log does not say.
    """
    require_installed()
    from columba_shared.log import told  # noqa: PLC0415 - needs SQLAlchemy

    with _log() as engine:
        return told.stopped_since(engine, moment, kinds=KINDS)


@contextmanager
def _log() -> Iterator[Any]:
    """Lend the log that the project's consumers write, which is where this is asked."""
    from columba_shared.log.engine import connect  # noqa: PLC0415 - as above

    engine = connect(Settings.from_env(project_environment()).database_url)
    try:
        yield engine
    finally:
        engine.dispose()
