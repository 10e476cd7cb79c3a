"""One notice for one address."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import models

from django_notification_system.models.abstract import CreatedModifiedAbstractModel
from django_notification_system.models.target_user_record import TargetUserRecord


class Notification(CreatedModifiedAbstractModel):
    """While its status is SCHEDULED or RETRY, Columba has it as an event; `event_id` says which."""

    DELIVERED: Final = "DELIVERED"
    DELIVERY_FAILURE: Final = "DELIVERY FAILURE"
    INACTIVE_DEVICE: Final = "INACTIVE DEVICE"
    OPTED_OUT: Final = "OPTED OUT"
    RETRY: Final = "RETRY"
    SCHEDULED: Final = "SCHEDULED"
    WAITING: Final = (SCHEDULED, RETRY)

    STATUS_CHOICES = (
        (DELIVERED, "Delivered"),
        (DELIVERY_FAILURE, "Delivery Failure"),
        (INACTIVE_DEVICE, "Inactive Device"),
        (OPTED_OUT, "Opted Out"),
        (RETRY, "Retry"),
        (SCHEDULED, "Scheduled"),
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    target_user_record = models.ForeignKey(TargetUserRecord, on_delete=models.CASCADE, related_name="notifications")
    title = models.CharField(max_length=100)
    body = models.TextField()
    extra = models.JSONField(blank=True, null=True, default=dict)
    status = models.CharField(max_length=16, choices=STATUS_CHOICES)
    scheduled_delivery = models.DateTimeField()
    attempted_delivery = models.DateTimeField(null=True, blank=True)
    retry_time_interval = models.PositiveIntegerField(default=0)
    retry_attempts = models.PositiveIntegerField(default=0)
    max_retries = models.PositiveIntegerField(default=3)
    event_id = models.UUIDField(null=True, editable=False)

    class Meta:
        db_table = "notification_system_notification"
        verbose_name_plural = "Notifications"
        unique_together = [("target_user_record", "scheduled_delivery", "title", "extra")]

    def __str__(self) -> str:
        return f"{self.target_user_record.user.get_username()} - {self.status} - {self.scheduled_delivery}"

    @classmethod
    def concerned(cls, rows: Any, values: Mapping[str, Any]) -> Any:
        """Return those that wait, or do from now on: nobody has to be told that old ones are tidied up."""
        return rows if values.get("status") in cls.WAITING else rows.filter(status__in=cls.WAITING)

    def clean(self) -> None:
        """Check what forms and the admin save: whether status and attempt agree, and nobody is told against their will.

        Raises ValidationError.
        """
        opted_out = getattr(self.target_user_record.user, "notification_opt_out", None)
        if opted_out is not None and opted_out.active and self.status in self.WAITING:
            raise ValidationError("This user has opted out of Notifications.")
        if self.attempted_delivery and self.status == self.SCHEDULED:
            raise ValidationError("Status cannot be 'SCHEDULED' if there is an attempted delivery.")
        if not self.attempted_delivery and self.status not in {self.SCHEDULED, self.OPTED_OUT}:
            raise ValidationError(f"Attempted Delivery must be filled out if Status is {self.status}")
