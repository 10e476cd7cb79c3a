"""Make the broker look like the plan, and see what it lacks. Nothing is ever deleted here."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeAlias

import amqp

from columba_shared.errors import ColumbaError
from columba_shared.publishing.connection import LIBRARY_ERRORS, Access, Channel, Connection, connected
from columba_shared.publishing.errors import BrokerAway
from columba_shared.topology.plan import BindingPlan, ExchangePlan, Plan, QueuePlan
from columba_shared.topology.waiting import PATIENCE_SECONDS, ready

Answer: TypeAlias = Any
"""What the library makes of the broker's reply."""
_NOT_THERE: Final = object()


class TopologyError(ColumbaError):
    """The broker cannot be made to look like the plan: ``entity`` says what is in the way."""

    def __init__(self, entity: str, problem: str) -> None:
        super().__init__(f"{entity}: {problem}")
        self.entity = entity
        self.problem = problem


class Mismatch(TopologyError):
    """Something of this name is there and is different; the broker changes nothing in place."""


class NoRights(TopologyError):
    """The user may not do this."""


def declare(plan: Plan, access: Access) -> None:
    """Create what is missing; what is there already stays untouched, so that this may run again and again.

    Raises Mismatch, NoRights, TopologyError and BrokerAway.
    """
    with _talking(access) as connection:
        channel = connection.channel()
        for exchange in plan.exchanges:
            with _speaking_of(f"exchange {exchange.name}"):
                _declare_exchange(channel, exchange)
        for queue in plan.queues:
            with _speaking_of(f"queue {queue.name}"):
                _declare_queue(channel, queue)
        for binding in plan.bindings:
            with _speaking_of(_label(binding)):
                _bind(channel, binding)


def missing(plan: Plan, access: Access) -> tuple[str, ...]:
    """Return the exchanges and queues that are not there ("queue columba.email.normal"), changing nothing.

    Bindings cannot be asked for; declaring again restores them.
    """
    with _talking(access) as connection:
        exchanges = [name for name in (each.name for each in plan.exchanges) if not _has_exchange(connection, name)]
        answers = _answers(connection, tuple(queue.name for queue in plan.queues), _declare_passively)
        queues = [name for name, answer in answers.items() if answer is _NOT_THERE]
    return (*(f"exchange {name}" for name in exchanges), *(f"queue {name}" for name in queues))


def depths(queues: tuple[str, ...], access: Access) -> dict[str, int | None]:
    """Return how many messages are ready in each queue; None where there is no such queue."""
    with _talking(access) as connection:
        answers = _answers(connection, queues, partial(ready, give_up_at=time.monotonic() + PATIENCE_SECONDS))
    return {name: None if answer is _NOT_THERE else answer for name, answer in answers.items()}


def _declare_exchange(channel: Channel, exchange: ExchangePlan) -> None:
    channel.exchange_declare(
        exchange.name,
        exchange.kind,
        durable=True,
        auto_delete=False,
        arguments=exchange.arguments,
    )


def _declare_queue(channel: Channel, queue: QueuePlan) -> None:
    channel.queue_declare(queue.name, durable=True, exclusive=False, auto_delete=False, arguments=queue.arguments)


def _bind(channel: Channel, binding: BindingPlan) -> None:
    if binding.queue is not None:
        channel.queue_bind(binding.queue, binding.source, binding.key)
    else:
        channel.exchange_bind(binding.exchange, binding.source, binding.key)


def _label(binding: BindingPlan) -> str:
    return f"binding {binding.source} -> {binding.queue or binding.exchange} ({binding.key or 'no key'})"


def _answers(
    connection: Connection, queues: tuple[str, ...], ask: Callable[[Channel, str], Answer]
) -> dict[str, Answer]:
    """Ask for one after the other; the broker closes the channel on every queue that is not there."""
    found = {}
    channel = connection.channel()
    for name in queues:
        found[name] = _ask(partial(ask, channel, name))
        if found[name] is _NOT_THERE:
            channel = connection.channel()
    return found


def _declare_passively(channel: Channel, queue: str) -> Answer:
    return channel.queue_declare(queue, passive=True)


def _has_exchange(connection: Connection, name: str) -> bool:
    channel = connection.channel()
    there = _ask(partial(channel.exchange_declare, name, "topic", passive=True)) is not _NOT_THERE
    if there:
        channel.close()
    return there


def _ask(question: Callable[[], Answer]) -> Answer:
    try:
        return question()
    except amqp.NotFound:
        return _NOT_THERE


@contextmanager
def _talking(access: Access) -> Iterator[Connection]:
    try:
        with connected(access) as connection:
            yield connection
    except LIBRARY_ERRORS as error:
        raise BrokerAway(f"the broker at {access} went away: {error}") from error


@contextmanager
def _speaking_of(entity: str) -> Iterator[None]:
    """Name the entity in whatever the broker objects to; its own words say what is there and what was wanted."""
    try:
        yield
    except amqp.PreconditionFailed as error:
        raise Mismatch(entity, f"is there, but different ({error.reply_text})") from error
    except amqp.AccessRefused as error:
        raise NoRights(entity, f"the user may not do this ({error.reply_text})") from error
    except amqp.ChannelError as error:
        raise TopologyError(entity, error.reply_text) from error
