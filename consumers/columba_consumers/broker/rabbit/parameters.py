"""A node and the options as pika wants them."""

import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any

import pika
from columba_shared.broker_url import BrokerUrl
from columba_shared.errors import InvalidSetting

from columba_consumers.broker.rabbit.options import RabbitOptions


def parameters(node: BrokerUrl, options: RabbitOptions, *, role: str) -> Any:  # noqa: ANN401 - pika is untyped
    """Return pika's parameters: one attempt, since trying again is the line's work; TCP finds a dead peer too."""
    return pika.ConnectionParameters(
        host=node.host,
        port=node.port,
        virtual_host=node.vhost,
        credentials=pika.PlainCredentials(node.user, node.password, erase_on_connect=False),
        heartbeat=round(options.heartbeat.total_seconds()),
        blocked_connection_timeout=options.blocked_timeout.total_seconds(),
        connection_attempts=1,
        retry_delay=0,
        socket_timeout=options.answer_timeout.total_seconds() / 2,
        stack_timeout=options.answer_timeout.total_seconds(),
        ssl_options=_tls(node, options.ca_file) if node.tls else None,
        tcp_options=_tcp(options.heartbeat),
        client_properties={"connection_name": f"{options.name} ({role})"},
    )


def _tls(node: BrokerUrl, ca_file: Path | None) -> Any:  # noqa: ANN401 - pika is untyped
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        raise InvalidSetting("COLUMBA_AMQP_CA_FILE", f"{ca_file} holds no certificates: {error.strerror}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return pika.SSLOptions(context, server_hostname=node.host)


def _tcp(heartbeat: timedelta) -> dict[str, int]:
    """Find a silent peer within a heartbeat, whether there is something to send (user timeout) or not (keepalive)."""
    seconds = max(round(heartbeat.total_seconds()), 1)
    return {
        "TCP_KEEPIDLE": max(seconds // 2, 1),
        "TCP_KEEPINTVL": max(seconds // 8, 1),
        "TCP_KEEPCNT": 4,
        "TCP_USER_TIMEOUT": seconds * 1000,
    }
