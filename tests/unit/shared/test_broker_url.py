"""Broker URLs: parsed once, shown without their password."""

import pytest
from columba_shared.broker_url import BrokerUrl
from columba_shared.errors import InvalidSetting


def test_every_part_is_read() -> None:
    (node,) = BrokerUrl.parse("amqps://shop:s%40cr%2Ft@mq.example.com:5700/my%2Fvhost")
    assert (node.host, node.port, node.user, node.password) == ("mq.example.com", 5700, "shop", "s@cr/t")
    assert (node.vhost, node.tls) == ("my/vhost", True)


@pytest.mark.parametrize(("url", "port"), [("amqp://mq", 5672), ("amqps://mq", 5671)])
def test_what_is_not_given_is_the_protocols_default(url: str, port: int) -> None:
    (node,) = BrokerUrl.parse(url)
    assert (node.port, node.user, node.password, node.vhost) == (port, "guest", "guest", "/")


def test_several_nodes_keep_their_order() -> None:
    assert [node.host for node in BrokerUrl.parse("amqp://one; amqp://two:1;amqp://[::1]/v")] == ["one", "two", "::1"]


def test_the_password_is_never_shown() -> None:
    (node,) = BrokerUrl.parse("amqp://shop:hunter2@mq/v")
    assert "hunter2" not in f"{node} {node!r}"
    assert str(node) == "amqp://shop:***@mq:5672/v"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mq.example.com",
        "redis://mq",
        "amqp://mq:port",
        "amqp://mq:0",
        "amqp://mq:99999",
        "amqp://[::1",
        "amqp://a;b",
    ],
)
def test_what_is_no_broker_url_is_refused_by_name(url: str) -> None:
    with pytest.raises(InvalidSetting, match=r"^COLUMBA_BROKER_URL: is no broker URL"):
        BrokerUrl.parse(url)


def test_options_that_could_weaken_tls_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="takes no options"):
        BrokerUrl.parse("amqps://mq/v?ssl_cert_reqs=none")


def test_a_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(InvalidSetting) as caught:
        BrokerUrl.parse("amqp://shop:hunter2@mq:port/v")
    assert "hunter2" not in str(caught.value)
