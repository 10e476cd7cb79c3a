"""Publishing: messages handed to the broker, confirmed one by one, bounded in time."""

from columba_shared.publishing.departure import departure
from columba_shared.publishing.errors import BrokerAway, PublishError, Refused, Unconfirmed, Unroutable
from columba_shared.publishing.message import Copy, Message
from columba_shared.publishing.publisher import Publisher
from columba_shared.publishing.report import Failure, Report

__all__ = [
    "BrokerAway",
    "Copy",
    "Failure",
    "Message",
    "PublishError",
    "Publisher",
    "Refused",
    "Report",
    "Unconfirmed",
    "Unroutable",
    "departure",
]
