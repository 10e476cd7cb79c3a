"""What the admin knows the log's lists by: their names and permissions. They have no tables, and no rows here."""

from typing import Any

from django.db import models


class _Nothing(models.Manager):
    """Finds nothing without asking the database: what goes through all models, such as dumpdata, passes by."""

    def get_queryset(self) -> Any:  # noqa: ANN401 - Django has no types
        """Return what is empty."""
        return super().get_queryset().none()


class _OfLog(models.Model):
    """A list that the log has, wherever it is."""

    objects = _Nothing()

    class Meta:
        """Looked at alone, where nothing else is said."""

        abstract = True
        managed = False
        base_manager_name = "objects"
        default_permissions: tuple[str, ...] = ("view",)

    def __str__(self) -> str:
        """Say which list it is."""
        return str(self._meta.verbose_name)


class Event(_OfLog):
    """What an app has published."""

    class Meta(_OfLog.Meta):
        """Reading is seeing what an event tells."""

        permissions = (("read_event", "Can read what events tell"),)


class Delivery(_OfLog):
    """An event on its way to one recipient."""

    class Meta(_OfLog.Meta):
        """Changing is deciding: send now, hold, approve, cancel. Reading is seeing the message."""

        default_permissions = ("view", "change")
        permissions = (("read_delivery", "Can read the messages of deliveries"),)
        verbose_name_plural = "deliveries"


class Suppression(_OfLog):
    """Who must not be written to."""

    class Meta(_OfLog.Meta):
        """Adding is putting somebody on the list, deleting is taking somebody off it."""

        default_permissions = ("view", "add", "delete")


class Address(_OfLog):
    """An address of a user."""

    class Meta(_OfLog.Meta):
        """As all of them."""

        verbose_name_plural = "addresses"
