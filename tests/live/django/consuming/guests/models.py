"""Its guests, and what became of the letters to them."""

from django.db import models


class Guest(models.Model):
    """Somebody who is written to."""

    name = models.TextField()
    address = models.EmailField()
    told = models.IntegerField(default=0)

    def __str__(self) -> str:
        return str(self.name)
