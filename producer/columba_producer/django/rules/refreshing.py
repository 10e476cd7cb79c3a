"""What is loaded later, by `refresh_from_db` or because a deferred field was asked for, is loaded and not changed."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, Final

from django.db.models import Model

from columba_producer.django.rules.baseline import loaded

_MARK: Final = "columba_original"


def follow_refreshing(model: type[Model]) -> None:
    """Let the class tell of it: Django has no signal for that. Doing it twice is harmless."""
    original: Callable[..., None] = model.refresh_from_db
    if hasattr(original, _MARK):
        return

    @wraps(original)
    def refresh_from_db(
        self: Model,
        using: str | None = None,
        fields: Collection[str] | None = None,
        **more: Any,  # noqa: ANN401 - Django's own
    ) -> None:
        names = None if fields is None else list(fields)
        original(self, using=using, fields=names, **more)
        loaded(self, names)

    setattr(refresh_from_db, _MARK, original)
    model.refresh_from_db = refresh_from_db


def forget_refreshing(model: type[Model]) -> None:
    """Give the class back what it had."""
    found = model.__dict__.get("refresh_from_db")
    original = getattr(found, _MARK, None)
    if original is not None:
        model.refresh_from_db = original
