"""RabbitMQ through pika; nothing outside this package knows that pika exists."""

from columba_consumers.broker.rabbit.broker import RabbitBroker
from columba_consumers.broker.rabbit.options import RabbitOptions

__all__ = ["RabbitBroker", "RabbitOptions"]
