"""amqps: the broker's certificate is verified, and so is its name."""

import ssl
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from columba_shared.publishing import BrokerAway, Message, Publisher
from columba_shared.topology import IN

from tests.live.producer.tls_door import tls_door
from tests.services.certificates import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path)


def publish(mail_url: str, context: ssl.SSLContext, ca_file: Path | None, host: str = "127.0.0.1") -> None:
    """Publish one message through a door with the certificate of the context."""
    plain = urlsplit(mail_url)
    assert plain.port is not None
    with tls_door(context, plain.port) as port, Publisher(f"amqps://{host}:{port}{plain.path}", ca_file=ca_file) as one:
        one.publish(Message(exchange=IN, key="email.normal", body=b"{}", message_id=uuid4(), kind="invoice.ready"))


def test_a_broker_whose_certificate_and_name_are_right_is_trusted(mail_url: str, authority: Authority) -> None:
    publish(mail_url, authority.server(), authority.path)


def test_an_unknown_authority_is_refused(mail_url: str, authority: Authority, tmp_path: Path) -> None:
    stranger = Authority.create(tmp_path, "Stranger")
    with pytest.raises(BrokerAway, match="certificate verify failed"):
        publish(mail_url, stranger.server(), authority.path)


def test_without_an_authority_of_ones_own_the_systems_are_asked(mail_url: str, authority: Authority) -> None:
    with pytest.raises(BrokerAway, match="certificate verify failed"):
        publish(mail_url, authority.server(), None)


def test_another_hosts_certificate_is_refused(mail_url: str, authority: Authority) -> None:
    with pytest.raises(BrokerAway, match="certificate verify failed"):
        publish(mail_url, authority.server(), authority.path, host="localhost")


def test_an_expired_certificate_is_refused(mail_url: str, authority: Authority) -> None:
    with pytest.raises(BrokerAway, match="certificate verify failed"):
        publish(mail_url, authority.server(expired=True), authority.path)
