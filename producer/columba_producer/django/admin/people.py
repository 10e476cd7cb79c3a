"""Who must not be written to, and which addresses users have."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from columba_producer.django.admin.listing import LogAdmin
from columba_producer.django.admin.row import Cell, Row, text, time

if TYPE_CHECKING:
    from columba_consumers.desk import Desk, Page, Wanted


class SuppressionAdmin(LogAdmin):
    """Lists who must not be written to, on what, and who says so."""

    columns = ("address", "target", "category", "source", "who", "why", "since (UTC)", "until")
    hint = "An address: whatever it is on the list by, its domain too."

    def page(self, found: "Desk", asked: "Wanted") -> "Page[Any]":
        """Return entries in the order of their addresses."""
        return found.suppressions(asked)

    def row(self, each: Any) -> Row:  # noqa: ANN401 - a Suppression
        """Return an entry."""
        return Row(
            cells=(
                Cell(text=each.address, link=self.link("changelist", model="delivery", query=_search(each.address))),
                text(each.target or "every"),
                text(each.category or "every"),
                text(each.source.value),
                text(each.who),
                text(each.why),
                time(each.at),
                time(each.until),
            )
        )


class AddressAdmin(LogAdmin):
    """Lists users' addresses, and whether they are in use."""

    columns = ("user", "target", "address", "in use", "why not", "name", "locale", "zone", "from")
    hint = "An address, or a user."

    def page(self, found: "Desk", asked: "Wanted") -> "Page[Any]":
        """Return entries in the order of their users."""
        return found.addresses(asked)

    def row(self, each: Any) -> Row:  # noqa: ANN401 - an Entry
        """Return an entry."""
        return Row(
            cells=(
                Cell(text=each.user_id, link=self.link("changelist", model="delivery", query=_search(each.user_id))),
                text(each.target),
                text(each.address),
                text("yes" if each.active else "no"),
                text(each.reason),
                text(each.name),
                text(each.locale),
                text(each.zone),
                text("the app" if each.synced else "by hand"),
            )
        )


def _search(words: str) -> str:
    return f"?{urlencode({'q': words})}"
