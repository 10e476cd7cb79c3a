"""Following models: Django's signals come here once, however many sets of rules there are, and are passed on to each.

Were each set to listen by itself, the first would take down the new values, and the next would see no change.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from django.db.models import Model, signals

from columba_producer.django.rules.baseline import NOTHING_KNOWN, changes_since, loaded, made, saved, set_baseline
from columba_producer.django.rules.many_to_many import Relations
from columba_producer.django.rules.refreshing import follow_refreshing, forget_refreshing
from columba_producer.django.rules.saving import Saving

_UID: Final = "columba.rules"


class Following:
    """Knows who looks at which model."""

    def __init__(self) -> None:
        self._by_model: dict[type[Model], tuple[Saving, ...]] = {}
        self._relations = Relations(self.of)
        self._handlers: dict[signals.ModelSignal, Callable[..., None]] = {
            signals.post_init: self._post_init,
            signals.pre_save: self._pre_save,
            signals.post_save: self._post_save,
            signals.post_delete: self._post_delete,
        }

    def of(self, model: type[Model]) -> Sequence[Saving]:
        """Return who looks at it."""
        return self._by_model.get(model, ())

    def follow(self, model: type[Model], saving: Saving) -> None:
        """Let somebody look at a model; doing it twice is harmless."""
        known = self.of(model)
        if saving in known:
            return
        self._by_model[model] = (*known, saving)
        if not known:
            follow_refreshing(model)
            for signal, handler in self._handlers.items():
                signal.connect(handler, sender=model, dispatch_uid=_UID)
            self._relations.follow(model)

    def leave(self, saving: Saving) -> None:
        """Let somebody look at nothing any more."""
        for model, known in list(self._by_model.items()):
            left = tuple(each for each in known if each is not saving)
            self._by_model[model] = left
            if not left:
                self._forget(model)
        if not self._by_model:
            self._relations.leave()

    def _forget(self, model: type[Model]) -> None:
        del self._by_model[model]
        forget_refreshing(model)
        for signal in self._handlers:
            signal.disconnect(sender=model, dispatch_uid=_UID)

    def _post_init(self, *, instance: Model, **_: Any) -> None:  # noqa: ANN401 - Django's signals
        made(instance)

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
        changes, told = None if created else changes_since(instance, update_fields), None
        for saving in self.of(type(instance)):
            told = saving.take(instance, alias=using, created=created, changes=changes)
        saved(instance, update_fields, told)

    def _post_delete(self, *, instance: Model, using: str, **_: Any) -> None:  # noqa: ANN401 - as above
        for saving in self.of(type(instance)):
            saving.take_deleted(instance, alias=using)


FOLLOWING: Final = Following()
"""That of this process."""
