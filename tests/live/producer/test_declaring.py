"""Declaring the topology on a real RabbitMQ."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from columba_shared.event import Lane
from columba_shared.publishing import BrokerAway, Message, Publisher
from columba_shared.publishing.connection import Access, Channel, connected
from columba_shared.topology import IN, LATER, LEDGER, UNROUTED, WAIT, Plan, target_queue
from columba_shared.topology.declare import Mismatch, NoRights, declare, depths, missing

from tests.services.rabbitmq import RabbitMQ
from tests.system.depths import EMAIL, await_depth

PLAN = Plan.for_targets(("email", "sms"))


@pytest.fixture
def access(amqp_url: str) -> Access:
    return Access.to(amqp_url)


@pytest.fixture
def publish(amqp_url: str) -> Iterator[Callable[[str, str], None]]:
    """Publish an empty message to an exchange with a key."""
    with Publisher(amqp_url) as publisher:
        yield lambda exchange, key: publisher.publish(
            Message(exchange=exchange, key=key, body=b"{}", message_id=uuid4(), kind="invoice.ready"),
        )


def change(access: Access, deed: Callable[[Channel], object]) -> None:
    with connected(access) as connection:
        deed(connection.channel())


def test_what_is_declared_is_no_longer_missing(access: Access) -> None:
    assert len(missing(PLAN, access)) == len(PLAN.exchanges) + len(PLAN.queues)
    declare(PLAN, access)
    assert missing(PLAN, access) == ()


def test_declaring_again_touches_nothing(access: Access, amqp_url: str, publish: Callable[[str, str], None]) -> None:
    declare(PLAN, access)
    publish(IN, "email.normal")
    declare(PLAN, access)
    await_depth(amqp_url, 1)


def test_only_what_is_missing_is_named(access: Access) -> None:
    declare(PLAN, access)
    change(access, lambda channel: channel.queue_delete(EMAIL))
    change(access, lambda channel: channel.exchange_delete(WAIT))
    assert missing(PLAN, access) == (f"exchange {WAIT}", f"queue {EMAIL}")
    assert depths((EMAIL, LEDGER), access) == {EMAIL: None, LEDGER: 0}


def test_declaring_mends_a_lost_queue_a_lost_exchange_and_a_lost_binding(
    access: Access, amqp_url: str, publish: Callable[[str, str], None]
) -> None:
    declare(PLAN, access)
    change(access, lambda channel: channel.queue_delete(EMAIL))
    change(access, lambda channel: channel.exchange_delete(WAIT))
    change(access, lambda channel: channel.queue_unbind(target_queue("sms", Lane.BULK), IN, "sms.bulk.#"))
    declare(PLAN, access)
    publish(IN, "email.normal")
    publish(IN, "sms.bulk")
    publish(WAIT, "email.normal.1")
    await_depth(amqp_url, 2)


def test_a_deferred_event_reaches_the_ledger_and_ends_its_wait_at_its_target(
    access: Access, amqp_url: str, publish: Callable[[str, str], None]
) -> None:
    declare(PLAN, access)
    publish(LATER, "email.normal.1")
    await_depth(amqp_url, 1, LEDGER)
    await_depth(amqp_url, 1)


def test_a_wait_whose_target_is_gone_ends_where_it_can_be_found(
    access: Access, amqp_url: str, publish: Callable[[str, str], None]
) -> None:
    declare(PLAN, access)
    change(access, lambda channel: channel.queue_delete(EMAIL))
    publish(WAIT, "email.normal.1")
    publish(WAIT, "sms.normal.1")
    await_depth(amqp_url, 1, UNROUTED)
    await_depth(amqp_url, 1, target_queue("sms", Lane.NORMAL))


def test_another_kind_of_queue_under_the_same_name_is_named_with_both_values(access: Access) -> None:
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": 3}
    change(access, lambda channel: channel.queue_declare(EMAIL, durable=True, auto_delete=False, arguments=arguments))
    with pytest.raises(
        Mismatch, match=f"^queue {EMAIL}: is there, but different .*x-delivery-limit|x-dead-letter"
    ) as caught:
        declare(PLAN, access)
    assert caught.value.entity == f"queue {EMAIL}"
    assert "received" in str(caught.value)
    assert "current is" in str(caught.value)


def test_another_kind_of_exchange_under_the_same_name_is_named(access: Access) -> None:
    change(access, lambda channel: channel.exchange_declare(IN, "direct", durable=True, auto_delete=False))
    with pytest.raises(Mismatch, match=f"^exchange {IN}: is there, but different"):
        declare(PLAN, access)


def test_missing_rights_name_what_may_not_be_done(rabbitmq: RabbitMQ) -> None:
    with rabbitmq.vhost() as url:
        vhost = url.rpartition("/")[2]
        rabbitmq.ctl("add_user", vhost, "password")
        rabbitmq.ctl("set_permissions", "-p", vhost, vhost, "^$", ".*", ".*")
        with pytest.raises(NoRights, match=f"^exchange {UNROUTED}: the user may not do this"):
            declare(PLAN, Access.to(url.replace("guest:guest", f"{vhost}:password")))
        rabbitmq.ctl("delete_user", vhost)


def test_without_a_broker_declaring_is_a_clear_error() -> None:
    with pytest.raises(BrokerAway, match="Connection refused"):
        declare(PLAN, Access.to("amqp://127.0.0.1:1"))
