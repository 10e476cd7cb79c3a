"""What changed of relations to many: on the side where it was changed, and on the other where a rule looks at it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from django.db.models import Model
from django.db.models.signals import m2m_changed

from columba_producer.django.rules.saving import Saving
from columba_producer.rules.changes import Change, Changes

_UID: Final = "columba.relations"
_BEFORE: Final = "columba_keys_before"
Keys = frozenset[Any]


class Side(NamedTuple):
    """A relation as one of its models sees it."""

    name: str
    own_key: str
    """The field of the table between that leads to this side."""
    others_key: str


class Relations:
    """Asks the table between for the keys before and after: one query each, and only of models with rules."""

    def __init__(self, looking_at: Callable[[type[Model]], Sequence[Saving]]) -> None:
        self._looking_at = looking_at
        self._followed: set[type[Model]] = set()

    def follow(self, model: type[Model]) -> None:
        """Follow all relations of a model, whichever side declares them."""
        for table in _tables_of(model):
            if table not in self._followed:
                self._followed.add(table)
                m2m_changed.connect(self._changed, sender=table, dispatch_uid=_UID)

    def leave(self) -> None:
        """Follow no more."""
        for table in self._followed:
            m2m_changed.disconnect(sender=table, dispatch_uid=_UID)
        self._followed.clear()

    def _changed(
        self,
        *,
        sender: type[Model],
        instance: Model,
        action: str,
        reverse: bool,
        model: type[Model],
        using: str,
        **_: Any,  # noqa: ANN401 - Django's signals
    ) -> None:
        own, other = _sides(sender, reverse=reverse)
        if action.startswith("pre_"):
            setattr(instance._state, _BEFORE, _keys(sender, own, instance.pk, using))
            return
        before: Keys = instance._state.__dict__.pop(_BEFORE, frozenset())
        after = _keys(sender, own, instance.pk, using)
        if before == after:
            return
        changes = Changes({own.name: Change(before, after)})
        for saving in self._looking_at(type(instance)):
            saving.take(instance, alias=using, changes=changes)
        if self._looking_at(model):
            self._tell_others(
                sender, other, instance.pk, model._base_manager.using(using).filter(pk__in=before ^ after)
            )

    def _tell_others(self, table: type[Model], side: Side, changed: object, others: Any) -> None:  # noqa: ANN401 - a QuerySet
        for each in others:
            after = _keys(table, side, each.pk, others.db)
            changes = Changes({side.name: Change(after ^ {changed}, after)})
            for saving in self._looking_at(type(each)):
                saving.take(each, alias=others.db, changes=changes)


def _tables_of(model: type[Model]) -> Iterator[type[Model]]:
    for field in model._meta.get_fields():
        if field.many_to_many:
            table = getattr(field, "through", None) or field.remote_field.through
            if table is not None:
                yield table


def _sides(table: type[Model], *, reverse: bool) -> tuple[Side, Side]:
    """Return the side on which it was changed, and the other."""
    field = next(each for each in _declared(table) if each.remote_field.through is table)
    there = Side(field.name, field.m2m_field_name(), field.m2m_reverse_field_name())
    back = Side(
        field.remote_field.get_accessor_name() or field.name, field.m2m_reverse_field_name(), field.m2m_field_name()
    )
    return (back, there) if reverse else (there, back)


def _declared(table: type[Model]) -> Iterator[Any]:
    for key in table._meta.get_fields():
        if key.many_to_one and key.related_model is not None:
            yield from key.related_model._meta.many_to_many


def _keys(table: type[Model], side: Side, key: object, alias: str) -> Keys:
    own, others = (table._meta.get_field(each).attname for each in (side.own_key, side.others_key))
    return frozenset(table._base_manager.using(alias).filter(**{own: key}).values_list(others, flat=True))
