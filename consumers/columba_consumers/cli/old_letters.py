"""Dead letters that are old, and of which the log no longer wants anything."""

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final
from uuid import UUID

from columba_shared import wire
from columba_shared.errors import Malformed
from columba_shared.identity import delivery_id
from columba_shared.log.engine import reading
from columba_shared.log.kinds import fits
from columba_shared.log.purging import Purge, want_letters
from columba_shared.topology import dead_queue

from columba_consumers.cli.letters import Letter, Letters, letters_in
from columba_consumers.copies.addressing import address_of

if TYPE_CHECKING:
    from columba_shared.publishing.connection import Access
    from sqlalchemy import Engine

_CHUNK: Final = 500


def purge_letters(engine: "Engine", access: "Access", targets: Sequence[str], wanted: Purge, *, remove: bool) -> int:
    """Count, and perhaps remove, dead letters from before then whose delivery has gone, goes or is over otherwise.

    What cannot be read has no delivery, and goes by its age alone. Raises BrokerAway and what the database raises.
    """
    number = 0
    for target in targets if wanted.target is None else (wanted.target,):
        with letters_in(dead_queue(target), access) as letters:
            if letters is not None:
                number += _purge(engine, letters, wanted, remove=remove)
    return number


def _purge(engine: "Engine", letters: Letters, wanted: Purge, *, remove: bool) -> int:
    """Go through the old ones: they lie in front. What is not settled is there again afterwards."""
    number = 0
    old = takewhile(lambda letter: letter.published_at is not None and letter.published_at < wanted.before, letters)
    meant = (letter for letter in old if wanted.kind is None or fits(wanted.kind, letter.kind))
    for chunk in _chunks(meant):
        ids = {letter.tag: _delivery(letter) for letter in chunk}
        with reading(engine) as connection:
            kept = want_letters(connection, wanted, [key for key in ids.values() if key is not None])
        useless = [letter for letter in chunk if ids[letter.tag] not in kept]
        number += len(useless)
        if remove:
            for letter in useless:
                letters.settle(letter.tag)
    return number


def _chunks(letters: Iterator[Letter]) -> Iterator[list[Letter]]:
    while chunk := list(islice(letters, _CHUNK)):
        yield chunk


def _delivery(letter: Letter) -> UUID | None:
    try:
        event = wire.decode(letter.body)
    except Malformed:
        return None
    return delivery_id(event.id, event.target, address_of(event))
