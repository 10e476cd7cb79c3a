"""What all four have: when they were made and changed, and rows whose every change Columba learns of."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, router, transaction

from django_notification_system.signals import changed


class ToldQuerySet(models.QuerySet):
    """Tells of what `update` and `bulk_create` do, of which Django sends no signals."""

    def update(self, **values: Any) -> int:
        """Update, and tell of each row of which that says something."""
        with transaction.atomic(using=self.db):
            keys = list(self.model.concerned(self, values).values_list("pk", flat=True))
            before = {each.pk: each for each in self._of(keys)}
            number: int = self.update_quietly(**values)
            rows = list(self._of(keys))
            for each in rows:
                each.follow(before[each.pk])
            changed.send(self.model, rows=rows)
        return number

    def bulk_create(self, objs: Iterable[Any], *arguments: Any, **options: Any) -> list[Any]:
        """Create, and tell of each; with conflicts allowed, of what is there then: some are left out."""
        with_conflicts = any(arguments[1:3]) or options.get("ignore_conflicts") or options.get("update_conflicts")
        with transaction.atomic(using=router.db_for_write(self.model)):
            made: list[Any] = super().bulk_create(objs, *arguments, **options)
            changed.send(self.model, rows=self._there(made) if with_conflicts else made)
        return made

    def _there(self, rows: Iterable[Any]) -> list[Any]:
        """Return them as the database has them, which saves by the alias that is for writing."""
        alias = router.db_for_write(self.model)
        return list(self.model._base_manager.using(alias).filter(pk__in=[each.pk for each in rows]))

    def _of(self, keys: Iterable[Any]) -> Any:
        return self.model._base_manager.using(self.db).filter(pk__in=keys)

    def update_quietly(self, **values: Any) -> int:
        """Update without a word: Columba knows."""
        return int(super().update(**values))


class CreatedModifiedAbstractModel(models.Model):
    """Saves in one transaction with what it tells."""

    created_date = models.DateTimeField(auto_now_add=True)
    modified_date = models.DateTimeField(auto_now=True)

    objects = ToldQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save, and tell."""
        with transaction.atomic(using=options.get("using") or router.db_for_write(type(self), instance=self)):
            super().save(*arguments, **options)
            changed.send(type(self), rows=[self])

    @classmethod
    def concerned(cls, rows: Any, values: Mapping[str, Any]) -> Any:  # noqa: ARG003 - what most do not ask
        """Return those of these rows of which Columba has to know that they get these values."""
        return rows

    def follow(self, before: Any) -> None:
        """Take note of what the row was before an `update`, where that matters."""

    def save_quietly(self) -> None:
        """Save without a word: who calls this tells Columba."""
        super().save()
