"""Going to a destination of files, and telling what went wrong there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.opening import settings

if TYPE_CHECKING:
    from columba_shared.settings.file_destinations import Destination, Destinations

    from columba_consumers.targets.files.receiver import Receiver

T = TypeVar("T")


def destinations() -> "Destinations":
    """Return those that the settings name; raises Failure when there are none."""
    from columba_shared.settings.files import FILES

    found: Destinations = settings().own("files", FILES)["destinations"]
    if not found:
        raise Failure("COLUMBA_FILES_DESTINATIONS is not set: there is nowhere to look")
    return found


def destination(name: str) -> "Destination":
    """Return the one of this name; raises BadUsage."""
    try:
        return destinations().named(name)
    except ValueError as error:
        raise BadUsage(str(error)) from error


def at(place: "Destination", work: "Callable[[Receiver], Awaitable[T]]") -> T:
    """Do something at a destination and return what it returns; raises Failure, which names the destination."""
    from columba_consumers.errors import DeliveryError
    from columba_consumers.targets.files.receivers import receiver

    async def go() -> T:
        there = receiver(place)
        try:
            return await work(there)
        finally:
            await there.close()

    try:
        return asyncio.run(go())
    except (DeliveryError, ExceptionGroup) as error:
        raise Failure(f"{place.name}: {_first(error)}") from error


def _first(error: Exception) -> str:
    """Return the first of all that went wrong beside each other."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return str(error)
