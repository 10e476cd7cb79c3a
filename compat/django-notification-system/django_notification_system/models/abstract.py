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
            number: int = self.update_quietly(**values)
            for each in self.model._base_manager.using(self.db).filter(pk__in=keys):
                changed.send(self.model, instance=each)
        return number

    def bulk_create(self, objs: Iterable[Any], *arguments: Any, **options: Any) -> list[Any]:
        """Create, and tell of each."""
        with transaction.atomic(using=router.db_for_write(self.model)):
            made: list[Any] = super().bulk_create(objs, *arguments, **options)
            for each in made:
                changed.send(self.model, instance=each)
        return made

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
            changed.send(type(self), instance=self)

    @classmethod
    def concerned(cls, rows: Any, values: Mapping[str, Any]) -> Any:  # noqa: ARG003 - what most do not ask
        """Return those of these rows of which Columba has to know that they get these values."""
        return rows

    def save_quietly(self) -> None:
        """Save without a word: who calls this tells Columba."""
        super().save()
