"""Which addresses users have."""

from typing import TYPE_CHECKING, Any

from columba_producer.django.admin.listing import LogAdmin
from columba_producer.django.admin.row import Cell, Row, searched, text

if TYPE_CHECKING:
    from columba_consumers.desk import Desk, Page, Wanted


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
                Cell(text=each.user_id, link=self.link("changelist", model="delivery", query=searched(each.user_id))),
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
