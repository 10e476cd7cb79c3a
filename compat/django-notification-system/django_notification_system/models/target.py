"""A channel, such as Email."""

import uuid

from django.db import models

from django_notification_system.models.abstract import CreatedModifiedAbstractModel


class NotificationTarget(CreatedModifiedAbstractModel):
    """A channel; its module's name says by which target of Columba's it goes (`targets.py`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=15, unique=True)
    notification_module_name = models.CharField(max_length=50)

    class Meta:
        db_table = "notification_system_target"
        verbose_name_plural = "Notification Targets"

    def __str__(self) -> str:
        return str(self.name)
