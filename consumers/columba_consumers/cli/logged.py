"""An event and its recipient as they can be rendered again, from what the log kept."""

from typing import TYPE_CHECKING

from columba_shared import wire
from columba_shared.event import GROUP_PREFIXES, Event, Recipient
from columba_shared.identity import delivery_id

from columba_consumers.cli.failure import Failure

if TYPE_CHECKING:
    from columba_shared.log.records import Account


def kept_event(account: "Account") -> Event:
    """Return the event of this delivery; raises Failure when the log no longer has it, and Malformed."""
    if account.event is None:
        raise Failure("the log no longer has the event of this delivery")
    return wire.decode_kept(account.event.body)


def logged_event(account: "Account") -> tuple[Event, Recipient]:
    """Return what the renderer of this delivery gets; raises Failure when the log no longer has it, and Malformed."""
    delivery = account.delivery
    event = kept_event(account)
    if delivery.address.startswith(GROUP_PREFIXES):
        raise Failure(f"{delivery.address} stands for several: each of them has a message of its own")
    if account.recipient is not None:
        return event, wire.decode_recipient(account.recipient)
    for recipient in event.to:
        if delivery_id(event.id, event.target, recipient.address) == delivery.id:
            return event, recipient
    return event, Recipient(address=delivery.address)
