"""Attaching rules to models: Django's signals, and what each is passed on to."""

from collections.abc import Callable, Collection
from typing import Any, Final, Self

from django.apps import apps
from django.db.models import Model, signals

from columba_producer.django.project_producer import ProjectProducer
from columba_producer.django.publishing import producer
from columba_producer.django.rules.baseline import NOTHING_KNOWN, changes_since, loaded, saved, set_baseline
from columba_producer.django.rules.many_to_many import Relations
from columba_producer.django.rules.refreshing import follow_refreshing, forget_refreshing
from columba_producer.django.rules.saving import Saving
from columba_producer.rules.registry import Rules

_Handler = Callable[..., None]


class Attached:
    """Rules at work on a project's models, until they are detached. As a context manager it detaches at the end."""

    def __init__(self, rules: Rules, producer: Callable[[], ProjectProducer]) -> None:
        self._rules = rules
        self._saving = Saving(rules, producer)
        self._relations = Relations(rules, self._saving)
        self._followed: list[type[Model]] = []
        self._handlers: Final[dict[signals.ModelSignal, _Handler]] = {
            signals.post_init: self._post_init,
            signals.pre_save: self._pre_save,
            signals.post_save: self._post_save,
            signals.post_delete: self._post_delete,
        }
        self.follow()

    def follow(self) -> None:
        """Follow the models that rules are about, also those that no rule was about before."""
        for model in apps.get_models():
            if model not in self._followed and self._rules.about(model):
                self._followed.append(model)
                follow_refreshing(model)
                for signal, handler in self._handlers.items():
                    signal.connect(handler, sender=model, dispatch_uid=self._uid)
                self._relations.follow(model)

    def detach(self) -> None:
        """Follow no more. Doing it twice is harmless."""
        for model in self._followed:
            for signal in self._handlers:
                signal.disconnect(sender=model, dispatch_uid=self._uid)
            forget_refreshing(model)
        self._relations.leave()
        self._followed.clear()

    @property
    def _uid(self) -> str:
        return f"columba.rules.{id(self._rules)}"

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Detach."""
        self.detach()

    def _post_init(self, *, instance: Model, **_: Any) -> None:  # noqa: ANN401 - Django's signals
        loaded(instance)

    def _pre_save(self, *, instance: Model, raw: bool, **_: Any) -> None:  # noqa: ANN401 - as above
        """Forget what its constructor was given: that was not loaded, even if it takes the place of something."""
        if not raw and instance._state.adding:
            set_baseline(instance, NOTHING_KNOWN)

    def _post_save(
        self,
        *,
        instance: Model,
        created: bool,
        raw: bool,
        using: str,
        update_fields: Collection[str] | None,
        **_: Any,  # noqa: ANN401 - as above
    ) -> None:
        if raw:  # a fixture, written before what belongs to it
            loaded(instance)
            return
        changes = None if created else changes_since(instance, update_fields)
        told = self._saving.take(instance, alias=using, created=created, changes=changes)
        saved(instance, update_fields, told)

    def _post_delete(self, *, instance: Model, using: str, **_: Any) -> None:  # noqa: ANN401 - as above
        self._saving.take_deleted(instance, alias=using)


def attach(rules: Rules) -> Attached:
    """Set rules to work on the models that they are about; the project's own are at work already.

    Events go by the project's producer: into the outbox in the transaction that saves, where there is one.
    """
    return Attached(rules, producer)
