"""Messages that found no queue when they were due, brought back to where they belong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.publishing import Message, Publisher, Unroutable
from columba_shared.topology import DEAD, IN, UNROUTED

from columba_consumers.cli.letters import Letter, letters_in

if TYPE_CHECKING:
    from columba_shared.publishing.connection import Access


@dataclass(slots=True, kw_only=True)
class Restored:
    """How many went back, and why others did not."""

    restored: int = 0
    unroutable: int = 0
    malformed: int = 0
    left: int = 0


def restore(
    access: "Access", publisher: Publisher, *, limit: int | None, dry_run: bool, advance: Callable[[], None]
) -> Restored:
    """Publish each to the exchange it was meant for, and settle it once that is confirmed.

    One that no queue takes even now stays where it is. Raises PublishError; whatever was not settled stays too.
    """
    done = Restored()
    with letters_in(UNROUTED, access) as letters:
        if letters is None:
            return done
        for number, letter in enumerate(letters, start=1):
            if limit is not None and number > limit:
                done.left = letters.waiting - limit
                break
            try:
                message = _readdressed(letter)
                if not dry_run:
                    publisher.publish(message)
                    letters.settle(letter.tag)
                done.restored += 1
            except Unroutable:
                done.unroutable += 1
            except Malformed:
                done.malformed += 1
            advance()
    return done


def _readdressed(letter: Letter) -> Message:
    """Address it anew; the broker's own headers stay behind, or it would see a cycle and drop the message."""
    target, lane = [*letter.key.split("."), ""][:2]
    if not target or not lane:
        raise Malformed(f"the routing key {letter.key!r:.60} names no target and lane")
    return Message(
        exchange=DEAD if letter.exchange == DEAD else IN,
        key=f"{target}.{lane}",
        body=letter.body,
        message_id=letter.message_id,
        kind=letter.kind,
        producer=letter.producer,
        envelope=Envelope.from_headers(letter.headers),
    )
