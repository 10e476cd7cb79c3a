"""One pass over what a project has queued, as for cron, and a process that goes on with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from columba_producer.django import commanding
from columba_producer.django.publishing import producer

LATER: Final = 75
"""Columba's exit status when what has failed is tried again by a later pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many a pass sends at most, after how many failures it ends, and how long it rests between two."""

    sent: int | None = None
    failed: int | None = None
    pause_seconds: float = 0

    @property
    def options(self) -> tuple[str, ...]:
        """The options of Columba's commands that say so."""
        return (*_option("--max-sent", self.sent), *_option("--max-failed", self.failed), *self.resting)

    @property
    def resting(self) -> tuple[str, ...]:
        """The option that holds for a process without an end as well."""
        return _option("--pause", f"{self.pause_seconds:g}s" if self.pause_seconds else None)


UNLIMITED: Final = Limits()


def deliver(*targets: str, limits: Limits = UNLIMITED) -> None:
    """Deliver what there is and what is due, by these targets or by all, and return once nothing of it is left.

    Without a broker that is `columba up --once`, which takes all of them; else `columba relay --once` and `columba work
    --once`. Raises CommandError with Columba's exit status: 75 when what has failed is tried again by a later pass, 1
    when it is not.
    """
    if _embedded():
        commanding.run("up", "--once", *limits.options)
        return
    commanding.run("relay", "--once")
    commanding.run("work", *targets, "--once", *limits.options)


def serve(limits: Limits = UNLIMITED, *, more: Mapping[str, str] | None = None) -> NoReturn:
    """Become the process that delivers until a signal asks it to stop; raises CommandError.

    Without a broker that is `columba up`; else it is `columba work email`, which needs a `columba relay`, a `columba
    ledger` and a `columba reconcile` beside.
    """
    commanding.become(*(("up",) if _embedded() else ("work", "email")), *limits.resting, more=more)


def _embedded() -> bool:
    embedded: bool = producer().configuration.settings.embedded
    return embedded


def _option(name: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever can be written
    return () if value is None else (name, str(value))
