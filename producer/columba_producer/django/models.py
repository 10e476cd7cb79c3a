"""What Columba keeps in a project's database by Django's means; the outbox is made and read without."""

from typing import Any, ClassVar

from django.db import models


class Told(models.Model):
    """Somebody is told of an object by an event; ``what`` is the digest of what and how, no person means everybody."""

    what = models.CharField(max_length=64)
    person = models.CharField(max_length=100)
    event = models.CharField(max_length=36)
    at = models.DateTimeField()

    class Meta:
        """Kept out of the way."""

        app_label = "columba"
        db_table = "columba_told"
        default_permissions = ()
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["what", "person"], name="uq_columba_told")]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["event"], name="ix_columba_told_event")]

    def __str__(self) -> str:
        return f"{self.person or 'everybody'} of {self.what:.12}"
