"""A queue whose leader is slow to answer: RabbitMQ calls it empty, and Columba does not believe that at once."""

from urllib.parse import urlsplit

from columba_consumers.cli.letters import letters_in
from columba_shared.event import Lane
from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan, target_queue
from columba_shared.topology.declare import declare, depths

from tests.services.rabbitmq import RabbitMQ
from tests.system import raw

EMAIL = target_queue("email", Lane.NORMAL)
_STAND_STILL = """
{{ok, Queue}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"{vhost}">>, queue, <<"{queue}">>)),
{{Leader, _}} = amqqueue:get_pid(Queue),
{{ok, _}} = timer:apply_after(600, sys, resume, [Leader]),
sys:suspend(Leader)
"""


def test_what_waits_is_counted_although_the_queues_leader_is_slow_to_answer(rabbitmq: RabbitMQ, amqp_url: str) -> None:
    access = Access.to(amqp_url)
    stand_still = _STAND_STILL.format(vhost=urlsplit(amqp_url).path.removeprefix("/"), queue=EMAIL)
    declare(Plan.for_targets(("email",)), access)
    raw.publish(amqp_url, [b"one", b"two"], content_type="application/json")
    assert depths((EMAIL,), access) == {EMAIL: 2}
    rabbitmq.eval(stand_still)
    assert depths((EMAIL,), access) == {EMAIL: 2}
    rabbitmq.eval(stand_still)
    with letters_in(EMAIL, access) as letters:
        assert letters is not None
        assert [letter.body for letter in letters] == [b"one", b"two"]
