"""What an object's fields were when it was loaded or last saved, and what has changed since."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models import Field, Model
from django.db.models.fields.files import FieldFile

from columba_producer.rules.changes import UNKNOWN, Change, Changes

if TYPE_CHECKING:
    from columba_producer.django.rules.told import Told

_NAME: Final = "columba_baseline"
_PLAIN: Final = (
    models.BooleanField,
    models.CharField,
    models.DateField,
    models.DecimalField,
    models.DurationField,
    models.FileField,
    models.FloatField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
    models.TimeField,
    models.UUIDField,
)
_MUTABLE: Final = (list, dict, set, bytearray)


class Baseline:
    """Fields' values by their column names; what is missing was never loaded. Copies and pickles have the values alone.

    ``told`` and ``before`` are of a save whose transaction was still open: if that is rolled back, the values were
    never saved, and those before it count.
    """

    __slots__ = ("before", "told", "values")

    def __init__(self, values: Mapping[str, Any], told: "Told | None" = None, before: "Baseline | None" = None) -> None:
        self.values = values
        self.told = told
        self.before = before

    def __reduce__(self) -> tuple[type["Baseline"], tuple[Mapping[str, Any]]]:
        return Baseline, (self.values,)


NOTHING_KNOWN: Final = Baseline({})


def baseline_of(thing: Model) -> Baseline:
    """Return what counts: that of the last save that was not rolled back, or of its loading."""
    found: Baseline = getattr(thing._state, _NAME, NOTHING_KNOWN)
    while found.told is not None and found.told.is_undone and found.before is not None:
        found = found.before
    return found


def set_baseline(thing: Model, baseline: Baseline) -> None:
    """Put another in its place."""
    setattr(thing._state, _NAME, baseline)


def made(thing: Model) -> None:
    """Take down what has just been made, mostly of a row: the quickest way, as this is done for each that is read."""
    values = thing.__dict__.copy()
    del values["_state"]
    for name in _perhaps_mutable(type(thing)):  # type: ignore[arg-type] # mypy takes a class of Any for unhashable
        if name in values:
            values[name] = _kept(values[name])
    set_baseline(thing, Baseline(values))


def loaded(thing: Model, names: Collection[str] | None = None) -> None:
    """Take down what has just been loaded: all of it, or the fields of these names."""
    now = {field.attname: value for field, value in _values(thing, names)}
    set_baseline(thing, Baseline(now if names is None else {**baseline_of(thing).values, **now}))


def saved(thing: Model, names: Collection[str] | None, told: "Told | None") -> None:
    """Take down what has just been saved: all of it, or the fields of these names."""
    before = baseline_of(thing)
    now = {field.attname: value for field, value in _values(thing, names) if not _is_expression(value)}
    computed = {field.attname for field, value in _values(thing, names) if _is_expression(value)}
    known = {name: value for name, value in before.values.items() if name not in computed}
    set_baseline(thing, Baseline({**known, **now}, told, before))


def changes_since(thing: Model, names: Collection[str] | None) -> Changes:
    """Return what of these fields is other than it was; of a relation under both its names, as keys."""
    before = baseline_of(thing).values
    found: dict[str, Change] = {}
    for field, value in _values(thing, names):
        new = UNKNOWN if _is_expression(value) else value
        found[field.attname] = found[field.name] = Change(before.get(field.attname, UNKNOWN), new)
    return Changes(found)


@cache
def _perhaps_mutable(model: type[Model]) -> tuple[str, ...]:
    """Return the fields whose values may change in place; files are plain names before anybody asks for them."""
    return tuple(field.attname for field in model._meta.concrete_fields if not isinstance(field, _PLAIN))


def _values(thing: Model, names: Collection[str] | None) -> Iterator[tuple[Field, Any]]:
    """Yield the fields that are loaded, each with a value that later changes leave alone."""
    there = thing.__dict__
    for field in _fields(thing, names):
        if field.attname in there:
            yield field, _kept(there[field.attname])


def _fields(thing: Model, names: Collection[str] | None) -> Iterable[Field]:
    fields: Iterable[Field] = thing._meta.concrete_fields
    return fields if names is None else [each for each in fields if each.name in names or each.attname in names]


def _kept(value: Any) -> Any:  # noqa: ANN401 - any field's value
    if isinstance(value, FieldFile):
        return value.name
    return deepcopy(value) if isinstance(value, _MUTABLE) else value


def _is_expression(value: object) -> bool:
    """Whether the database computes it, such as F("readers") + 1."""
    return hasattr(value, "resolve_expression")
