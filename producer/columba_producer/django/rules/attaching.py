"""Attaching rules to the models that they are about."""

from collections.abc import Callable
from typing import Self

from django.apps import apps

from columba_producer.django.project_producer import ProjectProducer
from columba_producer.django.publishing import producer
from columba_producer.django.rules.following import FOLLOWING
from columba_producer.django.rules.saving import Saving
from columba_producer.rules.registry import Rules


class Attached:
    """Rules at work on a project's models, until they are detached. As a context manager it detaches at the end."""

    def __init__(self, rules: Rules, producer: Callable[[], ProjectProducer]) -> None:
        self._rules = rules
        self._saving = Saving(rules, producer)
        self.follow()

    def follow(self) -> None:
        """Follow the models that rules are about, also those that no rule was about before."""
        for model in apps.get_models():
            if self._rules.about(model):
                FOLLOWING.follow(model, self._saving)

    def detach(self) -> None:
        """Follow no more. Doing it twice is harmless."""
        FOLLOWING.leave(self._saving)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Detach."""
        self.detach()


def attach(rules: Rules) -> Attached:
    """Set rules to work on the models that they are about; the project's own are at work already.

    Events go by the project's producer: into the outbox in the transaction that saves, where there is one.
    """
    return Attached(rules, producer)
