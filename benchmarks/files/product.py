"""The product's target, as its consumers use it: prepared, delivered, many at once."""

import asyncio
from pathlib import Path
from uuid import UUID

from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files.target import FilesTarget
from columba_consumers.targets.slotted import SlottedTarget
from columba_consumers.targets.target import DeliveryRef
from columba_shared.settings import Settings

from benchmarks.bare.cost import run
from benchmarks.files.workload import CONNECTIONS, Workload


def bring(work: Workload, url: str, nowhere: Path) -> None:
    """Bring all files to a destination; ``nowhere`` is a folder without settings."""
    environ = {
        "COLUMBA_TARGETS": "files",
        "COLUMBA_FILES_DESTINATIONS": f"there={url}?connections={CONNECTIONS}",
    }
    settings = Settings.from_env(environ, directory=nowhere)
    target = SlottedTarget(FilesTarget(settings.own("files", FilesTarget.settings)))
    run(_bring(work, target), "uvloop")


async def _bring(work: Workload, target: SlottedTarget) -> None:
    numbers = iter(range(work.files))

    async def worker() -> None:
        for number in numbers:
            message = FileMessage(name=work.name(number), content=work.content(number))
            reference = DeliveryRef(
                id=UUID(int=number), event_id=UUID(int=number), kind="bench.file", address="there", name=None, attempt=1
            )
            async with target.slot() as slot:
                await slot.deliver(message, reference)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(target.slots):
                group.create_task(worker())
    finally:
        await target.close()
