"""What the gazette has."""

from typing import Any

from carrier_pigeon.models import BasicDirtyFieldsMixin
from django.db import models


class Photo(models.Model):
    """One picture."""

    title = models.CharField(max_length=100)
    original_file = models.FileField(upload_to="photo")


class Story(models.Model, BasicDirtyFieldsMixin):  # the mixin behind, as the original's example has it
    """One story."""

    title = models.CharField(max_length=100)
    state = models.IntegerField(default=10)
    content = models.TextField(blank=True)
    photo = models.ForeignKey(Photo, null=True, on_delete=models.CASCADE)
    more_photos = models.ManyToManyField(Photo, related_name="+")


class Brief(BasicDirtyFieldsMixin, models.Model):
    """A few words."""

    words: Any = models.CharField(max_length=100)
    access = models.IntegerField(default=0)
