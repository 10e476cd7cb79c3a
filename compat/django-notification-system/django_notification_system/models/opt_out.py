"""That a user does not want to be told anything."""

import uuid

from django.conf import settings
from django.db import models

from django_notification_system.models.abstract import CreatedModifiedAbstractModel


class NotificationOptOut(CreatedModifiedAbstractModel):
    """While it is active, its user is opted out of the category `notification`, and nothing waits for them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_opt_out")
    active = models.BooleanField(default=False)

    class Meta:
        db_table = "notification_system_opt_out"
        verbose_name_plural = "Notification Opt Outs"

    def __str__(self) -> str:
        return str(self.user.get_username())
