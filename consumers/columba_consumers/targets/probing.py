"""Asking all of a target's destinations at once how they are."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from columba_consumers.errors import DeliveryError, TargetDown

_WITHIN_SECONDS: Final = 50.0
"""Less than the target's own minute, so that it is told who does not answer."""


async def any_works(
    names: Sequence[str], probe_one: Callable[[str], Awaitable[None]], *, within_seconds: float = _WITHIN_SECONDS
) -> None:
    """Return once one of the destinations works: others are no fault of it. Raises TargetDown, which tells of all."""
    asking = [asyncio.create_task(_wrong_with(name, probe_one, within_seconds)) for name in names]
    try:
        for each in asyncio.as_completed(asking):
            if not await each:
                return
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    raise TargetDown("; ".join(task.result() for task in asking))


async def _wrong_with(name: str, probe_one: Callable[[str], Awaitable[None]], within_seconds: float) -> str:
    """Return what is wrong with one; nothing, if it works."""
    try:
        async with asyncio.timeout(within_seconds):
            await probe_one(name)
    except DeliveryError as error:
        return f"{name}: {error.reply}"
    except TimeoutError:
        return f"{name}: no answer within {within_seconds:g} s"
    except Exception as error:  # noqa: BLE001 - whatever it is, this destination does not work; its words may tell secrets
        return f"{name}: {type(error).__name__}"
    return ""
