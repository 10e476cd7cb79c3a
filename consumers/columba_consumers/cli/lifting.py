"""Taking entries off the suppression list, at a command line or a screen, and what else may keep their mail back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from columba_shared.log.address_book import AddressBook
from columba_shared.log.addresses import Entry
from columba_shared.log.audit import Author
from columba_shared.log.suppression_list import SuppressionList
from columba_shared.log.suppressions import Key, Suppression
from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.cli.following import following


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What came of it: how many entries were taken off, how many deliveries wait again, what still stops them.

    ``unused`` are addresses of users that are out of use, which may be for the same cause.
    """

    entries: int
    back: int
    still: Sequence[Suppression]
    unused: Sequence[Entry]


def allow(
    settings: Settings, engine: Engine, given: Iterable[Key], author: Author, *, written: Iterable[tuple[str, str]] = ()
) -> Allowed:
    """Take these entries off the list, all or none; what they ended, and is still worth it, waits again.

    ``written`` are targets and addresses as somebody wrote them, which is how the address book may have them.
    """
    keys, kept, book = list(given), SuppressionList(engine), AddressBook(engine)
    with following(settings, engine) as follow:
        done = kept.lift_entries(keys, author, follow)
    still = dict.fromkeys(each for address, _, _ in keys for each in kept.matching(address))
    named = dict.fromkeys([*((on, address) for address, on, _ in keys), *written])
    found = (each for on, address in named for each in book.walk(target=on or None, address=address))
    unused = [each for each in found if not each.active]
    return Allowed(entries=len(done.entries), back=done.back, still=list(still), unused=unused)
