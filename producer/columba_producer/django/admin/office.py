"""The one door to the consumers' code: it is opened when somebody looks at a page, not when Django loads the admin."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from columba_shared.settings import Settings

from columba_producer.django.program import project_environment, require_installed

if TYPE_CHECKING:
    from columba_consumers.desk import Desk, Wanted


@contextmanager
def desk() -> "Iterator[Desk]":
    """Lend the desk at the project's log, wherever that is.

    Raises NotInstalled, InvalidSetting, InvalidSettings, and what opening the log raises: all are ColumbaErrors.
    """
    require_installed()
    from columba_consumers.desk import at_desk  # noqa: PLC0415 - apps that only publish go without it

    with at_desk(Settings.from_env(project_environment())) as opened:
        yield opened


def wanted(**filters: Any) -> "Wanted":  # noqa: ANN401 - the desk checks them
    """Return what somebody wants to see; raises NotInstalled and Unfitting."""
    require_installed()
    from columba_consumers.desk import Wanted  # noqa: PLC0415 - as above

    return Wanted(**filters)
