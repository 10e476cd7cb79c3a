"""What follows from a click: the wish is in force once this returns, and a second click changes nothing."""

from typing import Final

from columba_shared.log.address_book import AddressBook
from columba_shared.log.audit import Author
from columba_shared.log.optouts import Refusal
from columba_shared.log.suppression_list import SuppressionList
from columba_shared.log.suppressions import Source
from sqlalchemy import Engine

from columba_consumers.unsubscribe.tokens import Leaving

_CLICK: Final = Author(who="the recipient", why="the link to unsubscribe")


def leave(engine: Engine, leaving: Leaving) -> None:
    """Opt the user out of the category by the target, or, where the mail was for no user, suppress the address.

    Who has left already keeps nobody's claims waiting, however often it is clicked.
    """
    if leaving.user:
        book = AddressBook(engine)
        refusal = Refusal(user=leaving.user, category=leaving.category, target=leaving.target)
        if refusal not in [each.refusal for each in book.opted_out(leaving.user)]:
            book.opt_out(leaving.user, category=leaving.category, target=leaving.target, author=_CLICK)
        return
    kept = SuppressionList(engine)
    key = (leaving.address, leaving.target, leaving.category)
    if key not in [each.key for each in kept.matching(leaving.address, target=leaving.target)]:
        kept.suppress(
            leaving.address,
            target=leaving.target,
            category=leaving.category,
            source=Source.UNSUBSCRIBE,
            author=_CLICK,
        )
