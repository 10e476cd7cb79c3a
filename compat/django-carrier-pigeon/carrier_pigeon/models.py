"""What models derive from, and the old queue, which is only looked at."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_FIRST_ERROR: Final = 100
_NOT_OF_THE_APP: Final = frozenset({"_modified_attrs", "_state"})


class BasicDirtyFieldsMixin:
    """Keeps in `_modified_attrs` what was given another value since the thing was made, loaded or saved.

    It may stand before or behind `models.Model`. Rules of Columba's own need none: they are given the changes.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with nothing."""
        super().__init__(*args, **kwargs)
        self._reset_modified_attrs()

    def _reset_modified_attrs(self) -> None:
        self.__dict__["_modified_attrs"] = []

    def __setattr__(self, name: str, value: Any) -> None:
        """Remember the name if the value is another one."""
        modified = self.__dict__.get("_modified_attrs")
        if (
            modified is not None
            and name not in _NOT_OF_THE_APP
            and name not in modified
            and self._has_other(name, value)
        ):
            modified.append(name)
        super().__setattr__(name, value)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and begin anew."""
        super().save(*args, **kwargs)  # type: ignore[misc] # Model's
        self._reset_modified_attrs()

    def refresh_from_db(self, using: str | None = None, fields: Collection[str] | None = None, **more: Any) -> None:
        """Load anew what was given other values, or load what was deferred: neither is a change."""
        kept = self._without(fields)
        super().refresh_from_db(using=using, fields=fields, **more)  # type: ignore[misc] # Model's
        self.__dict__["_modified_attrs"] = kept

    def _without(self, fields: Collection[str] | None) -> list[str]:
        """Return what has been changed besides these; None: besides all."""
        modified: list[str] = self.__dict__["_modified_attrs"]
        return [] if fields is None else [each for each in modified if each not in fields]

    def _has_other(self, name: str, value: Any) -> bool:
        """Whether the attribute has another value; one that was deferred is not loaded to know it."""
        if name in self.__dict__:
            return bool(self.__dict__[name] != value)
        if any(field.attname == name for field in self._meta.concrete_fields):  # type: ignore[attr-defined] # Model's
            return True
        return not hasattr(self, name) or bool(getattr(self, name) != value)


def begin_anew_behind_model() -> None:
    """Let those models begin anew, too, whose own methods do not, as the mixin stands behind `models.Model`."""
    from django.apps import apps  # noqa: PLC0415 - only once they are all there

    for model in apps.get_models():
        bases = model.__mro__
        if BasicDirtyFieldsMixin in bases and bases.index(models.Model) < bases.index(BasicDirtyFieldsMixin):
            for name in ("save", "refresh_from_db"):
                setattr(model, name, _beginning_anew(getattr(model, name)))


def _beginning_anew(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def method(self: BasicDirtyFieldsMixin, *args: Any, **kwargs: Any) -> None:
        kept = self._without(kwargs.get("fields"))
        original(self, *args, **kwargs)
        self.__dict__["_modified_attrs"] = kept

    return method


class Status(models.IntegerChoices):
    """What had become of a row; errors are over 100."""

    NEW = 10
    IN_PROGRESS = 20
    PUSHED = 50
    PUSH_ERROR = 110
    OUTPUT_GENERATION_ERROR = 120
    SEND_ERROR = 130
    FILTER_BY_INSTANCE_TYPE_ERROR = 140
    FILTER_BY_UPDATES_ERROR = 150
    FILTER_BY_STATE_ERROR = 160
    GET_DIRECTORY_ERROR = 170
    VALIDATION_ERROR = 180
    SUPERVISOR_ERROR = 190
    OUTPUT_MARKER_ERROR = 200


ITEM_TO_PUSH_STATUS: Final = Status


class Rows(models.QuerySet):
    """Has a method for each status, such as `ItemToPush.objects.pushed()`, and one for all errors."""

    def failed(self) -> Rows:
        """Return those that ended in an error."""
        found: Rows = self.filter(status__gte=_FIRST_ERROR)
        return found

    def __getattr__(self, name: str) -> Any:
        """Return the filter of a status."""
        if name.islower() and (status := Status.__members__.get(name.upper())) is not None:
            return lambda: self.filter(status=status)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")


class RowsManager(models.Manager.from_queryset(Rows)):  # type: ignore[misc] # made by Django
    """The same from the model."""

    def __getattr__(self, name: str) -> Any:
        """Return the filter of a status."""
        if name.islower() and name.upper() in Status.__members__:
            return getattr(self.get_queryset(), name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")


class ItemToPush(models.Model):
    """A row of the original's queue. None is added any more: see `columba list --target files`."""

    STATUS = ITEM_TO_PUSH_STATUS

    rule_name = models.SlugField()
    push_url = models.CharField(max_length=300)
    creation_date = models.DateTimeField(auto_now_add=True)
    last_push_attempts_date = models.DateTimeField(null=True)
    push_attempts = models.PositiveIntegerField(default=0)
    status = models.PositiveIntegerField(choices=Status, default=Status.NEW)
    message = models.TextField()
    content_type = models.ForeignKey(ContentType, on_delete=models.DO_NOTHING)
    object_id = models.PositiveIntegerField()
    content_object = GenericForeignKey("content_type", "object_id")

    objects = RowsManager()

    class Meta:
        """The table is whoever's it was."""

        managed = False
        db_table = "carrier_pigeon_itemtopush"

    def __str__(self) -> str:
        return f"{self.rule_name} {self.get_status_display()}"
