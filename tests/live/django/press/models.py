"""A newspaper, as a Django app; `tables` makes its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, models


class Tag(models.Model):
    """What stories are about."""

    word = models.CharField(max_length=50)


class Story(models.Model):
    """What is written."""

    title = models.CharField(max_length=100)
    text = models.TextField(default="")
    online = models.BooleanField(default=False)
    readers = models.IntegerField(default=0)
    facts = models.JSONField(default=dict)
    picture = models.FileField(default="")
    follows = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
    tags = models.ManyToManyField(Tag, related_name="stories")


class Essay(Story):
    """A story of many pages, in a table beside."""

    pages = models.IntegerField(default=1)


class Scoop(Story):
    """A story under another name."""

    class Meta:
        """No table of its own."""

        proxy = True


MODELS: Final[tuple[Any, ...]] = (Tag, Story, Essay)


@contextmanager
def tables() -> Iterator[None]:
    """Have them in the project's database."""
    with connection.schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)
    yield
