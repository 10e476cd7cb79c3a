"""What a mail is about: an object of the project's, or a model as a whole; and how events name it."""

from dataclasses import dataclass
from typing import Any, Self

from django.apps import apps
from django.db.models import Model


class Gone(LookupError):
    """What an event is about, or whom it was for, is not in the database any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """``key`` is the object's primary key; None means the model itself."""

    model: type[Any]
    key: str | None

    @classmethod
    def of(cls, thing: object) -> Self:
        """Return what it is to events; raises TypeError for what is none, and for an object that is not saved."""
        if isinstance(thing, type) and issubclass(thing, Model):
            return cls(model=thing, key=None)
        if not isinstance(thing, Model):
            raise TypeError(f"sender: must be an object or a class of a model's, not {type(thing).__name__}")
        if thing.pk is None:
            raise TypeError(f"sender: save the {type(thing).__name__} first; without a primary key nobody finds it")
        return cls(model=type(thing), key=str(thing.pk))

    @classmethod
    def named(cls, name: str) -> Self:
        """Return what an event names; raises LookupError for a model that the project does not have."""
        sort, colon, key = name.partition(":")
        label, _, model = sort.rpartition(".")
        for config in apps.get_app_configs():
            if config.label.lower() == label:
                return cls(model=config.get_model(model), key=key if colon else None)
        raise LookupError(f"{name}: the project has no app {label!r}")

    @property
    def sort(self) -> str:
        """The model, such as ``news.story``; a proxy has its own."""
        return str(self.model._meta.label).lower()

    @property
    def name(self) -> str:
        """The object as events name it, such as ``news.story:42``."""
        return self.sort if self.key is None else f"{self.sort}:{self.key}"

    def find(self) -> Any:  # noqa: ANN401 - whatever the project keeps
        """Return the object as it is now, or the class; raises Gone."""
        if self.key is None:
            return self.model
        found = self.model._base_manager.filter(pk=self.key).first()
        if found is None:
            raise Gone(f"{self.name} is gone")
        return found
