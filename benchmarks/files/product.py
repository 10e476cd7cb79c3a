"""The product's target, as its consumers use it: prepared, delivered, many at once."""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files.target import FilesTarget
from columba_consumers.targets.slotted import SlottedTarget
from columba_consumers.targets.target import DeliveryRef
from columba_shared.settings import Settings

from benchmarks.bare.cost import run
from benchmarks.files.workload import CONNECTIONS, Workload


def bringing(work: Workload, url: str, nowhere: Path) -> Callable[[], None]:
    """Return what brings all files to a destination, logins and all; ``nowhere`` is a folder without settings."""
    environ = {
        "COLUMBA_TARGETS": "files",
        "COLUMBA_FILES_DESTINATIONS": f"there={url}?connections={CONNECTIONS}",
    }
    settings = Settings.from_env(environ, directory=nowhere)
    target = SlottedTarget(FilesTarget(settings.own("files", FilesTarget.settings)))
    return lambda: run(_bring(work, target), "uvloop")


@lru_cache(maxsize=1)
def _deliveries(work: Workload) -> tuple[tuple[FileMessage, DeliveryRef], ...]:
    """Return what a consumer hands to its target: a message, which a renderer has made, and the delivery's ids."""
    return tuple(
        (
            FileMessage(name=name, content=content),
            DeliveryRef(
                id=UUID(int=number), event_id=UUID(int=number), kind="bench.file", address="there", name=None, attempt=1
            ),
        )
        for number, (name, content) in enumerate(work.all())
    )


async def _bring(work: Workload, target: SlottedTarget) -> None:
    deliveries = iter(_deliveries(work))

    async def worker() -> None:
        for message, reference in deliveries:
            async with target.slot() as slot:
                await slot.deliver(message, reference)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(target.slots):
                group.create_task(worker())
    finally:
        await target.close()
