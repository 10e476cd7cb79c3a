"""Somebody at a screen says who must not be written to: what `columba suppress` comes to."""

from dataclasses import dataclass
from datetime import datetime

from columba_shared.address import bare
from columba_shared.addresses import check_address
from columba_shared.domain import BELOW
from columba_shared.event import MAX_NAME_LENGTH
from columba_shared.log.audit import Author
from columba_shared.log.suppression_list import Suppressed, SuppressionList
from columba_shared.log.suppressions import Source
from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.cli.targets import misspelt
from columba_consumers.desk.errors import Unfitting
from columba_consumers.targets.spelling import listed_by


@dataclass(frozen=True, slots=True, kw_only=True)
class On:
    """On which target, empty for every one, about which category, empty for everything, and until when."""

    target: str = ""
    category: str = ""
    until: datetime | None = None


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
