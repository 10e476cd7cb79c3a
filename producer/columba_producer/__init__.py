"""What an app publishes events with: `Producer("amqp://…").enqueue("invoice.ready", to="bob@example.com")`."""

from typing import TYPE_CHECKING, Any

from columba_shared.attachment import Attachment
from columba_shared.blobs.errors import BlobsAway
from columba_shared.errors import ColumbaError, InvalidEvent, MissingExtra
from columba_shared.event import Recipient
from columba_shared.publishing.errors import BrokerAway, Refused, Unconfirmed, Unroutable
from columba_shared.raw_email import RawEmail

from columba_producer.blobs import open_blobs
from columba_producer.contract import Contract
from columba_producer.digest import Digest
from columba_producer.errors import ContractBroken, OutboxAway, PartlyEnqueued
from columba_producer.fallback import Fallback
from columba_producer.producer import Producer
from columba_producer.request import EventRequest
from columba_producer.user import User

if TYPE_CHECKING:
    from columba_producer.outbox import Outbox as Outbox
    from columba_producer.outbox import create_outbox as create_outbox

__all__ = [
    "Attachment",
    "BlobsAway",
    "BrokerAway",
    "ColumbaError",
    "Contract",
    "ContractBroken",
    "Digest",
    "EventRequest",
    "Fallback",
    "InvalidEvent",
    "OutboxAway",
    "PartlyEnqueued",
    "Producer",
    "RawEmail",
    "Recipient",
    "Refused",
    "Unconfirmed",
    "Unroutable",
    "User",
    "open_blobs",
]

# Not in __all__: importing everything must not load SQLAlchemy.
_LAZY = frozenset({"Outbox", "create_outbox"})


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module holds
    """Load what needs SQLAlchemy only when somebody asks for it."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from columba_producer import outbox  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        raise MissingExtra(f"{name} needs {error.name}: install columba-producer[outbox]") from error
    return getattr(outbox, name)
