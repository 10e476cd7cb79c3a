"""RabbitMQ through pika; nothing outside this package knows that pika exists."""

import logging

from columba_consumers.broker.rabbit.broker import RabbitBroker
from columba_consumers.broker.rabbit.options import RabbitOptions

__all__ = ["RabbitBroker", "RabbitOptions"]

# Everything that matters is emitted as a fact; pika's own words are for whoever configures logging to hear them.
logging.getLogger("pika").addHandler(logging.NullHandler())
