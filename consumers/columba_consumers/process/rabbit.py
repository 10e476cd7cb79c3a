"""How a process reaches RabbitMQ: from settings to what pika's and kombu's sides want to know."""

from columba_shared.publishing import Publisher
from columba_shared.publishing.connection import Access
from columba_shared.settings import Settings

from columba_consumers.broker.rabbit import RabbitOptions


def rabbit_options(settings: Settings, *, name: str) -> RabbitOptions:
    """Return what a consumer needs."""
    return RabbitOptions(
        url=settings.broker_url,
        ca_file=settings.amqp_ca_file,
        name=name,
        confirm_timeout=settings.confirm_timeout,
    )


def publisher(settings: Settings) -> Publisher:
    """Return what publishes without consuming."""
    return Publisher(settings.broker_url, timeout=settings.confirm_timeout, ca_file=settings.amqp_ca_file)


def access(settings: Settings) -> Access:
    """Return what declares and asks."""
    return Access.to(settings.broker_url, ca_file=settings.amqp_ca_file, io_timeout=settings.confirm_timeout)
