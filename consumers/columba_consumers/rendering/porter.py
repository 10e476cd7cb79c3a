"""Fetches the files of events: each once for all who want it at the time, and kept for a while."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from columba_shared.attachment import Attachment
from columba_shared.blobs.errors import BlobMissing, BlobsAway
from columba_shared.enclosure import Enclosure, sha256_of

from columba_consumers.rendering.app_threads import AppThreads
from columba_consumers.rendering.errors import FileDamaged, FileMissing, FilesAway, RendererTooSlow

ROOM_BYTES: Final = 64 * 1024 * 1024
"""What is kept, so that a file for ten thousand recipients is fetched a few times and not as often."""


class Porter:
    """Keeps the event loop free; a store that does not answer costs those deliveries alone that want its files."""

    def __init__(
        self, get: Callable[[str], bytes], *, threads: int, deadline: timedelta, room_bytes: int = ROOM_BYTES
    ) -> None:
        """Prepare to fetch by ``get``, which returns what a blob store has under a name, and is called in threads."""
        self._get = get
        self._threads = AppThreads(threads=threads, deadline=deadline)
        self._coming: dict[str, asyncio.Task[bytes]] = {}
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._room_bytes = room_bytes

    async def fetch(self, enclosures: Sequence[Enclosure]) -> tuple[Attachment, ...]:
        """Return the files with their content; raises RenderError, which says what became of which."""
        return tuple([await self._attachment(each) for each in enclosures])

    def close(self) -> None:
        """Give up what is still being fetched."""
        self._threads.close()

    async def _attachment(self, enclosure: Enclosure) -> Attachment:
        blob, content = enclosure.blob, enclosure.content
        if content is None:
            content = b"" if blob is None else await self._content(enclosure, blob)
        return Attachment(name=enclosure.name, content=content, media_type=enclosure.media_type, cid=enclosure.cid)

    async def _content(self, enclosure: Enclosure, blob: str) -> bytes:
        kept = self._kept.get(blob)
        if kept is not None:
            self._kept.move_to_end(blob)
            return kept
        coming = self._coming.get(blob)
        if coming is None:
            coming = asyncio.create_task(self._fetched(enclosure, blob))
            self._coming[blob] = coming
            coming.add_done_callback(partial(self._arrived, blob))
        return await asyncio.shield(coming)

    async def _fetched(self, enclosure: Enclosure, blob: str) -> bytes:
        try:
            return await self._threads.run(partial(self._read, enclosure, blob), name=f"fetching {enclosure.name}")
        except RendererTooSlow as error:  # not the app's code but the store: nobody's attempt
            raise FilesAway(f"attachments: {error.description}") from error

    def _arrived(self, blob: str, coming: "asyncio.Task[bytes]") -> None:
        del self._coming[blob]
        if coming.cancelled() or coming.exception() is not None:
            return
        self._kept[blob] = coming.result()
        while sum(map(len, self._kept.values())) > self._room_bytes:
            self._kept.popitem(last=False)

    def _read(self, enclosure: Enclosure, blob: str) -> bytes:
        try:
            content = self._get(blob)
        except BlobMissing as error:
            raise FileMissing(f"attachments: {enclosure.name} is gone: {error}") from error
        except BlobsAway as error:
            raise FilesAway(f"attachments: {enclosure.name} cannot be fetched: {error}") from error
        if len(content) != enclosure.size or hashlib.sha256(content).hexdigest() != sha256_of(blob):
            raise FileDamaged(f"attachments: {enclosure.name} is not what was published: its hash is another")
        return content


def nothing_kept(blob: str) -> bytes:
    """Have nothing."""
    raise BlobMissing(f"there is no blob store here that could have {blob}")
