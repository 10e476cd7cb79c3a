"""What a RabbitBroker can be told."""

from pathlib import Path

import pytest
from columba_consumers.broker.rabbit import RabbitBroker, RabbitOptions
from columba_shared.errors import InvalidSetting


def test_the_options_never_show_the_password() -> None:
    assert "geheim" not in repr(RabbitOptions(url="amqp://columba:geheim@broker"))


def test_a_url_that_is_none_is_refused_before_anything_is_tried() -> None:
    with pytest.raises(InvalidSetting, match="COLUMBA_BROKER_URL") as refused:
        RabbitBroker(RabbitOptions(url="redis://columba:geheim@broker"))
    assert "geheim" not in str(refused.value)


async def test_a_file_without_certificates_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "ca.pem"
    with pytest.raises(InvalidSetting, match=r"ca\.pem"):
        await RabbitBroker(RabbitOptions(url="amqps://localhost", ca_file=missing)).open()
