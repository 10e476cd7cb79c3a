"""Getting in: whom the broker lets in, and whom we trust to be the broker."""

import asyncio
import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from columba_consumers.broker.rabbit import RabbitBroker, RabbitOptions
from columba_consumers.errors import AccessDenied, BrokerLost

from tests.contract.broker.messages import message
from tests.live.broker.certificates import authority, signed
from tests.live.broker.opened import opened
from tests.live.broker.proxy import proxied
from tests.live.broker.waiting import until
from tests.services.ports import free_ports

AWAY = "the broker does not answer yet"


async def test_a_wrong_password_is_denied_at_once_and_never_shown(options: RabbitOptions) -> None:
    wrong = replace(options, url=options.url.replace("guest:guest", "guest:geheim"), patience=timedelta(minutes=5))
    async with asyncio.timeout(60):
        with pytest.raises(AccessDenied) as denied:
            await RabbitBroker(wrong).open()
    assert "ACCESS_REFUSED" in str(denied.value)
    assert "geheim" not in str(denied.value)


async def test_a_virtual_host_that_does_not_exist_is_denied_at_once(options: RabbitOptions) -> None:
    nowhere = replace(options, url=f"{options.url}-nowhere", patience=timedelta(minutes=5))
    async with asyncio.timeout(60):
        with pytest.raises(AccessDenied):
            await RabbitBroker(nowhere).open()


async def test_a_broker_that_nobody_answers_for_is_lost_when_the_patience_ends(
    options: RabbitOptions, caplog: pytest.LogCaptureFixture
) -> None:
    port = next(free_ports())
    nobody = replace(options, url=f"amqp://guest:geheim@127.0.0.1:{port}/", patience=timedelta(seconds=2))
    async with asyncio.timeout(30):
        with pytest.raises(BrokerLost, match=str(port)) as lost:
            await RabbitBroker(nobody).open()
    assert "geheim" not in str(lost.value) + caplog.text
    assert caplog.text.count(AWAY) == 1


async def test_a_node_that_is_down_is_passed_over_for_the_next(options: RabbitOptions, redeclare: object) -> None:
    del redeclare
    down = f"amqp://guest:guest@127.0.0.1:{next(free_ports())}/"
    async with opened(replace(options, url=f"{down};{options.url}")) as broker:
        await broker.publish(message())


@pytest.fixture
def server_tls(tmp_path: Path) -> ssl.SSLContext:
    """A server for localhost, whose authority is ca.pem."""
    certificate = signed(tmp_path, authority(tmp_path, "ca"), "localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context


async def test_amqps_works_with_the_authority_that_signed_the_broker(
    options: RabbitOptions, redeclare: object, server_tls: ssl.SSLContext, tmp_path: Path
) -> None:
    del redeclare
    async with proxied(options.url, server_tls) as proxy:
        trusting = replace(options, url=proxy.url(scheme="amqps", host="localhost"), ca_file=tmp_path / "ca.pem")
        async with opened(trusting) as broker:
            await broker.publish(message())


@pytest.mark.parametrize(("host", "ca"), [("localhost", "stranger"), ("127.0.0.1", "ca")])
async def test_a_broker_with_a_foreign_authority_or_another_name_is_refused(
    options: RabbitOptions,
    server_tls: ssl.SSLContext,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    *,
    host: str,
    ca: str,
) -> None:
    authority(tmp_path, "stranger")
    async with proxied(options.url, server_tls) as proxy:
        url = proxy.url(scheme="amqps", host=host)
        await refused(replace(options, url=url, ca_file=tmp_path / f"{ca}.pem"), caplog)


async def test_without_an_authority_of_our_own_only_public_ones_are_trusted(
    options: RabbitOptions, server_tls: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    async with proxied(options.url, server_tls) as proxy:
        await refused(replace(options, url=proxy.url(scheme="amqps", host="localhost")), caplog)


async def refused(options: RabbitOptions, caplog: pytest.LogCaptureFixture) -> None:
    """Have us say why we do not trust the broker, and go on trying in vain."""
    opening = asyncio.create_task(RabbitBroker(replace(options, patience=timedelta(minutes=5))).open())
    await until(lambda: AWAY in caplog.text, within_seconds=60)
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text
    assert not opening.done()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
