"""Files on their way with an event: small ones inside it, others in the blob store, named by what they contain."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from columba_shared.attachment import Attachment
from columba_shared.blobs.measured import Measured, TooMuch, measured
from columba_shared.blobs.store import BlobStore, Use
from columba_shared.enclosure import Enclosure
from columba_shared.errors import InvalidEvent
from columba_shared.event import MAX_EVENT_BYTES

INSIDE: Final = 16 * 1024
"""So much of an event's files, in their order, travels inside it: every recipient's copy of the event has that, too."""
MOST_MIB: Final = 18
_MIB: Final = 1024 * 1024


def no_store() -> BlobStore | None:
    """Reach none."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosing:
    """Encloses an event's files; ``store`` is asked for the first that is too large, and may say that there is none."""

    store: Callable[[], BlobStore | None] = no_store
    most_mib: int = MOST_MIB

    def enclosed(self, attachments: tuple[Attachment, ...], use: Use) -> tuple[Enclosure, ...]:
        """Return them as they travel; what goes to the store is there by then.

        Raises InvalidEvent for what cannot be read or is too much, BlobsAway when the store does not take it.
        """
        enclosures: list[Enclosure] = []
        room, inside = self.most_mib * _MIB, 0
        for position, attachment in enumerate(attachments):
            with self._measured(attachment, f"attachments[{position}]", room) as content:
                room -= content.size
                blob = None
                if inside + content.size > INSIDE:
                    store = self.store()
                    blob = None if store is None else store.put(content, use)
                if blob is None:
                    inside += content.size
                    _check_inside(inside, attachment)
                enclosures.append(_enclosure(attachment, content, blob))
        return tuple(enclosures)

    @contextmanager
    def _measured(self, attachment: Attachment, place: str, room: int) -> Iterator[Measured]:
        with ExitStack() as stack:
            try:
                content = stack.enter_context(measured(attachment.content, most=room))
            except TooMuch as error:
                most = f"the {self.most_mib} MiB of COLUMBA_ATTACHMENTS_MIB"
                raise InvalidEvent("attachments", f"more than {most}, counted to {attachment.name}") from error
            except Exception as error:  # the app's stream may raise anything; nothing was published yet
                reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
                raise InvalidEvent(place, f"{attachment.name} cannot be read: {reason}") from error
            yield content


def _check_inside(size: int, attachment: Attachment) -> None:
    """Refuse what cannot travel: base64 makes four bytes of three."""
    if size * 4 > MAX_EVENT_BYTES * 3:
        raise InvalidEvent(
            "attachments",
            f"with {attachment.name} they are {size:,} bytes: more than the 1 MiB of an event needs a blob store, and "
            "this producer reaches none. Set COLUMBA_BLOBS or COLUMBA_DATABASE_URL for it, or give blobs=",
        )


def _enclosure(attachment: Attachment, content: Measured, blob: str | None) -> Enclosure:
    return Enclosure(
        name=attachment.name,
        media_type=attachment.media_type,
        cid=attachment.cid,
        size=content.size,
        content=content.whole() if blob is None else None,
        blob=blob,
    )
