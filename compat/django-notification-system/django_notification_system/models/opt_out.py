"""That a user does not want to be told anything."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models, transaction

from django_notification_system.models.abstract import CreatedModifiedAbstractModel
from django_notification_system.models.notification import Notification


class NotificationOptOut(CreatedModifiedAbstractModel):
    """While it is active, Columba has its user down as opted out of the category `notification`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_opt_out")
    active = models.BooleanField(default=False)

    class Meta:
        db_table = "notification_system_opt_out"
        verbose_name_plural = "Notification Opt Outs"

    def __str__(self) -> str:
        return str(self.user.get_username())

    def save(self, *arguments: Any, **options: Any) -> None:
        """Save; what waits for the user becomes OPTED OUT, and stays so."""
        with transaction.atomic():
            if self.active:
                Notification.objects.filter(status__in=Notification.WAITING, target_user_record__user=self.user).update(
                    status=Notification.OPTED_OUT
                )
            super().save(*arguments, **options)
