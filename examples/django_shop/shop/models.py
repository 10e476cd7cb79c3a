"""What the shop remembers."""

from django.db import models


class Order(models.Model):
    """Somebody has bought a thing, of which there is one."""

    email = models.EmailField()
    thing = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        """Say who bought what."""
        return f"{self.thing} for {self.email}"
