"""Dead letters of somebody who is to be forgotten: removed, or rewritten for the others they name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from columba_shared import wire
from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.publishing import Copy, Publisher
from columba_shared.topology import UNROUTED, dead_queue

from columba_consumers.cli.letters import Letter, Letters, letters_in

if TYPE_CHECKING:
    from columba_shared.log.person import Person
    from columba_shared.publishing.connection import Access


def remove_letters(
    access: "Access", publisher: Publisher, targets: Sequence[str], person: "Person", *, dry_run: bool
) -> int:
    """Take the person out of every dead letter, and of what found no queue; return how many letters that changed.

    The others are only looked at: they are there again, in their order, when this ends, and after any crash.
    """
    changed = 0
    for queue in (*(dead_queue(target) for target in targets), UNROUTED):
        with letters_in(queue, access) as letters:
            if letters is not None:
                changed += sum(_remove(letters, letter, publisher, person, dry_run=dry_run) for letter in letters)
    return changed


def _remove(letters: Letters, letter: Letter, publisher: Publisher, person: "Person", *, dry_run: bool) -> bool:
    """Settle a letter that names the person, once what is left of it is published."""
    try:
        event = wire.decode(letter.body)
    except Malformed:
        named = person.named_in(letter.body.decode("utf-8", "replace"))
        if named and not dry_run:
            letters.settle(letter.tag)
        return named
    others = tuple(each for each in event.to if not person.has(each.address))
    if len(others) == len(event.to):
        return False
    if not dry_run:
        if others:
            rest = msgspec.structs.replace(event, to=others)
            copy = Copy.of(rest, wire.encode(rest), letter.message_id)
            publisher.publish(copy.dead(Envelope.from_headers(letter.headers)))
        letters.settle(letter.tag)
    return True
