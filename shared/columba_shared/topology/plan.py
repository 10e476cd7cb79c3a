"""The topology as a value: which exchanges, queues and bindings a set of targets needs."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from columba_shared.event import Lane
from columba_shared.topology import names
from columba_shared.topology.delays import DELAYS, word_for

DELIVERY_LIMIT: Final = 100
"""The broker's last resort for a target's queue; the log counts crashes long before."""
NO_LIMIT: Final = 1_000_000_000
"""As good as none, which not every RabbitMQ can be told. From 4.0 on, a queue without a limit of its own drops what was
read 20 times and put back, as whoever looks at dead letters does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangePlan:
    """One durable exchange."""

    name: str
    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlan:
    """One durable quorum queue."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingPlan:
    """One binding, of a queue or of an exchange."""

    source: str
    key: str
    queue: str | None = None
    exchange: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that must exist on the broker before the first publish."""

    exchanges: tuple[ExchangePlan, ...]
    queues: tuple[QueuePlan, ...]
    bindings: tuple[BindingPlan, ...]

    @classmethod
    def for_targets(cls, targets: tuple[str, ...]) -> "Plan":
        """Return the plan for these targets, the shared parts included."""
        queues = [_quorum(names.LEDGER, {"x-single-active-consumer": True}), _quorum(names.UNROUTED)]
        bindings = [
            BindingPlan(source=names.LATER, key="#", queue=names.LEDGER),
            BindingPlan(source=names.LATER, key="#", exchange=names.WAIT),
            BindingPlan(source=names.RETURNED, key="", queue=names.LEDGER),
            BindingPlan(source=names.DUE, key=f"*.*.*.{names.KEYED}", queue=names.LEDGER),
            BindingPlan(source=names.UNROUTED, key="", queue=names.UNROUTED),
        ]
        for delay in DELAYS:
            queues.append(_delay(delay))
            bindings.append(
                BindingPlan(source=names.WAIT, key=f"*.*.{word_for(delay)}.#", queue=names.delay_queue(delay)),
            )
        for target in targets:
            queues.append(_quorum(names.dead_queue(target)))
            bindings.append(BindingPlan(source=names.DEAD, key=f"{target}.#", queue=names.dead_queue(target)))
            for lane in Lane:
                queue, key = names.target_queue(target, lane), names.route(target, lane)
                queues.append(_target(queue))
                bindings.append(BindingPlan(source=names.IN, key=f"{key}.#", queue=queue))
                bindings.append(BindingPlan(source=names.DUE, key=f"{key}.*", queue=queue))
        return cls(exchanges=_EXCHANGES, queues=tuple(queues), bindings=tuple(bindings))


_EXCHANGES: Final = (
    ExchangePlan(name=names.UNROUTED, kind="fanout"),
    ExchangePlan(name=names.IN, kind="topic"),
    ExchangePlan(name=names.LATER, kind="topic"),
    ExchangePlan(name=names.WAIT, kind="topic"),
    ExchangePlan(name=names.DUE, kind="topic", arguments={"alternate-exchange": names.UNROUTED}),
    ExchangePlan(name=names.DEAD, kind="topic", arguments={"alternate-exchange": names.UNROUTED}),
    ExchangePlan(name=names.RETURNED, kind="fanout"),
)


def _quorum(name: str, arguments: dict[str, Any] | None = None) -> QueuePlan:
    common = {"x-queue-type": "quorum", "x-queue-leader-locator": "balanced", "x-delivery-limit": NO_LIMIT}
    return QueuePlan(name=name, arguments={**common, **(arguments or {})})


def _delay(delay: timedelta) -> QueuePlan:
    """Plan a delay queue; no dead-letter routing key, so that the target's key survives the wait."""
    return _quorum(
        names.delay_queue(delay),
        {
            "x-message-ttl": delay // timedelta(milliseconds=1),
            "x-dead-letter-exchange": names.DUE,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def _target(name: str) -> QueuePlan:
    return _quorum(
        name,
        {
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": names.RETURNED,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )
