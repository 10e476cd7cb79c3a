"""Somebody at a screen says who must not be written to: what `columba suppress` and `columba unsuppress` come to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from columba_shared.address import bare
from columba_shared.addresses import check_address
from columba_shared.domain import BELOW
from columba_shared.event import MAX_NAME_LENGTH
from columba_shared.log.address_book import AddressBook
from columba_shared.log.addresses import Entry
from columba_shared.log.audit import Author
from columba_shared.log.suppression_list import Suppressed, SuppressionList
from columba_shared.log.suppressions import Key, Source, Suppression
from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.cli.following import following
from columba_consumers.cli.targets import misspelt
from columba_consumers.desk.errors import Unfitting
from columba_consumers.targets.spelling import listed_by


@dataclass(frozen=True, slots=True, kw_only=True)
class On:
    """On which target, empty for every one, about which category, empty for everything, and until when."""

    target: str = ""
    category: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What came of it: how many entries were taken off, how many deliveries wait again, what still stops them.

    ``unused`` are addresses of users that are out of use, which may be for the same cause.
    """

    entries: int
    back: int
    still: Sequence[Suppression]
    unused: Sequence[Entry]


def suppress(settings: Settings, engine: Engine, address: str, on: On, author: Author) -> Suppressed:
    """Write no more to an address or a domain; what waits for it ends as suppressed. Raises Unfitting."""
    if problem := misspelt(settings, on.target):
        raise Unfitting(problem)
    if len(on.category) > MAX_NAME_LENGTH or not on.category.isprintable():
        raise Unfitting(f"a category has at most {MAX_NAME_LENGTH} visible characters")
    try:
        listed = listed_by(settings)(on.target, address)
        if on.target and not listed.strip().startswith(("@", BELOW)):
            check_address(on.target, bare(listed))
        kept = SuppressionList(engine)
        where = {"target": on.target, "category": on.category}
        return kept.suppress(listed, **where, until=on.until, source=Source.OPERATOR, author=author)
    except ValueError as error:
        raise Unfitting(str(error)) from error


def allow(settings: Settings, engine: Engine, keys: Iterable[Key], author: Author) -> Allowed:
    """Take these entries off the list; what they ended, and is still worth it, waits again. Raises Unfitting."""
    together: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for address, target, category in keys:
        together[target, category].append(address)
    kept, entries, back = SuppressionList(engine), 0, 0
    with following(settings, engine) as follow:
        for (target, category), addresses in together.items():
            try:
                done = kept.lift(*addresses, target=target, category=category, author=author, follow=follow)
            except ValueError as error:
                raise Unfitting(str(error)) from error
            entries, back = entries + len(done.entries), back + done.back
    named = [(target or None, address) for (target, _), addresses in together.items() for address in addresses]
    book = AddressBook(engine)
    unused = [
        each for target, address in named for each in book.walk(target=target, address=address) if not each.active
    ]
    still = list(dict.fromkeys(each for _, address in named for each in kept.matching(address)))
    return Allowed(entries=entries, back=back, still=still, unused=unused)
