"""What can go wrong while a message is handed to the broker.

ColumbaError
└── PublishError        the message is not known to be with the broker
    ├── Unroutable      no queue takes it: the target is unknown, or its queue or an exchange is gone
    ├── Refused         the broker said no: rights, size, or a queue that takes nothing
    ├── Unconfirmed     it may or may not have arrived
    └── BrokerAway      it was never sent: there is no connection to be had
"""

from columba_shared.errors import ColumbaError


class PublishError(ColumbaError):
    """A message that is not known to be with the broker."""


class Unroutable(PublishError):
    """No queue takes the message; it was not kept."""

    def __init__(self, exchange: str, key: str) -> None:
        super().__init__(
            f"no queue takes {key!r} from exchange {exchange!r}: "
            "is the target known, and was `columba topology apply` run?",
        )
        self.exchange = exchange
        self.key = key


class Refused(PublishError):
    """The broker said no; the message was not kept."""


class Unconfirmed(PublishError):
    """The broker never answered: the message may or may not have arrived, so sending it again may double it."""


class BrokerAway(PublishError):
    """There is no connection to the broker; the message was not sent."""
