"""Every role on RabbitMQ may do what its process needs, and nothing more."""

from collections.abc import Callable
from typing import Final

import amqp
import pytest
from columba_shared.publishing.connection import Access, Channel, connected
from columba_shared.topology import DEAD, DUE, IN, LATER, LEDGER, RETURNED, UNROUTED, WAIT

from deploy.prepare import all_rights
from tests.live.deploy.installation import TARGETS, Installation

DEFAULT_EXCHANGE: Final = ""
EXCHANGES: Final = (DEFAULT_EXCHANGE, IN, LATER, WAIT, DUE, DEAD, RETURNED, UNROUTED)
EMAIL, SMS = "columba.email.normal", "columba.sms.normal"
DEAD_EMAIL, DEAD_SMS, WAITING = "columba.dead.email", "columba.dead.sms", "columba.wait.60"
QUEUES: Final = (EMAIL, SMS, DEAD_EMAIL, DEAD_SMS, WAITING, LEDGER, UNROUTED)

PUBLISHES: Final = {
    "topology": {WAIT, DUE, RETURNED, UNROUTED},
    "producer": {IN, LATER},
    "relay": {IN, LATER},
    "ledger": {IN, WAIT, DEAD},
    "reconciler": {IN, LATER, WAIT, DUE, DEAD, RETURNED, UNROUTED},
    "operator": {IN, LATER, WAIT, DEAD},
    "work_email": {IN, WAIT, DEAD},
    "work_sms": set[str](),
}
"""With an email's routing key. Who declares must be allowed to write where dead letters and bindings lead."""

READS: Final = {
    "topology": {EMAIL, SMS, WAITING, UNROUTED},
    "producer": set[str](),
    "relay": set[str](),
    "ledger": {LEDGER},
    "reconciler": {EMAIL, SMS, WAITING, UNROUTED},
    "operator": {DEAD_EMAIL, DEAD_SMS, UNROUTED},
    "work_email": {EMAIL},
    "work_sms": {SMS},
}
"""Who declares must be allowed to read what dead-letters."""

DECLARES: Final = {"topology", "reconciler"}

ROLES: Final = sorted(all_rights(TARGETS))
each_role: Final = pytest.mark.parametrize("role", ROLES)


def may(url: str, deed: Callable[[Channel], object]) -> bool:
    """Do it, and say whether the broker let us."""
    try:
        with connected(Access.to(url)) as connection:
            deed(connection.channel())
    except amqp.AccessRefused:
        return False
    return True


def publishing(exchange: str, key: str) -> Callable[[Channel], None]:
    def publish(channel: Channel) -> None:
        channel.confirm_select()
        channel.basic_publish_confirm(amqp.Message(b"{}"), exchange, key)

    return publish


def consuming(queue: str) -> Callable[[Channel], object]:
    return lambda channel: channel.basic_consume(queue, callback=lambda _message: None)


def purging(queue: str) -> Callable[[Channel], object]:
    return lambda channel: channel.queue_purge(queue)


@each_role
def test_a_role_publishes_where_its_process_does(clean: Installation, role: str) -> None:
    url = clean.url_of_role(role)
    assert {each for each in EXCHANGES if may(url, publishing(each, "email.normal"))} == PUBLISHES[role]


@each_role
def test_a_role_reads_what_its_process_does(clean: Installation, role: str) -> None:
    url = clean.url_of_role(role)
    assert {queue for queue in QUEUES if may(url, consuming(queue))} == READS[role]


@each_role
def test_a_role_empties_what_it_reads(clean: Installation, role: str) -> None:
    url = clean.url_of_role(role)
    assert {queue for queue in QUEUES if may(url, purging(queue))} == READS[role]


@each_role
def test_only_who_declares_makes_and_deletes_queues(clean: Installation, role: str) -> None:
    def make(channel: Channel) -> None:
        channel.queue_declare("columba.made.bulk", durable=True, auto_delete=False)
        channel.queue_delete("columba.made.bulk")

    assert may(clean.url_of_role(role), make) == (role in DECLARES)


@each_role
def test_nobody_leaves_the_names_that_are_columbas(clean: Installation, role: str) -> None:
    assert not may(clean.url_of_role(role), lambda channel: channel.queue_declare("columbarium", durable=True))


@each_role
def test_everybody_may_ask_how_many_messages_wait(clean: Installation, role: str) -> None:
    assert may(clean.url_of_role(role), lambda channel: channel.queue_declare(EMAIL, passive=True))


@pytest.mark.parametrize("exchange", [IN, WAIT, DEAD])
@pytest.mark.parametrize("key", ["sms.normal", "sms.bulk.5", "email", "emails.normal"])
def test_consumers_publish_under_no_other_targets_name(clean: Installation, exchange: str, key: str) -> None:
    assert not may(clean.url_of_role("work_email"), publishing(exchange, key))
