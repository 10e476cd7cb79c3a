"""A small shop's app module (COLUMBA_APP=shop): what it says to whom, decided just before it is said."""

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path

from columba_consumers import EmailMessage, audience, renderer
from columba_shared.event import Event, Recipient

DESK = Path(os.environ.get("SHOP_DESK", "."))
"""Where the shop's other departments leave their papers."""


@renderer("invoice.ready", target="email")
def invoice(event: Event, recipient: Recipient) -> EmailMessage:
    """Fetch the amount when the mail goes out, so that a late correction is still in it.

    While bookkeeping has not written it, this raises: the delivery is tried again.
    """
    number = event.context["number"]
    amount = (DESK / f"invoice-{number}.txt").read_text().strip()
    name = recipient.name or "customer"
    return EmailMessage(
        subject=f"Invoice {number}",
        text=f"Dear {name},\n\nyour invoice {number} is over {amount}.\n\nThe shop\n",
        html=f"<p>Dear {escape(name)},</p><p>your invoice {number} is over <b>{escape(amount)}</b>.</p>",
    )


@renderer("basket.abandoned", target="email")
def abandoned(event: Event, recipient: Recipient) -> EmailMessage | None:
    """Say nothing to those who have bought meanwhile."""
    if event.context["bought"]:
        return None
    return EmailMessage(subject="Still there?", text=f"Dear {recipient.name or 'customer'},\n\nyour basket waits.\n")


@audience("subscribers")
def subscribers(event: Event) -> Iterator[Recipient]:
    """Yield whoever reads the newsletter when it goes out."""
    del event
    yield Recipient(address="ada@example.org", name="Ada")
    yield Recipient(address="grace@example.org", name="Grace")
    yield Recipient(address="edsger@example.org", name="Edsger")
