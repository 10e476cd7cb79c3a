"""A user's address in a channel."""

import uuid
from typing import Any, Self

from columba_shared.addresses import check_address
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from django_notification_system.models.abstract import CreatedModifiedAbstractModel
from django_notification_system.models.target import NotificationTarget
from django_notification_system.targets import target_for


class TargetUserRecord(CreatedModifiedAbstractModel):
    """One of a user's addresses, which Columba's address book has as well."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_target_user_records"
    )
    target = models.ForeignKey(NotificationTarget, on_delete=models.PROTECT)
    target_user_id = models.CharField(max_length=200)
    description = models.CharField(max_length=200)
    active = models.BooleanField(default=True)

    loaded_as: tuple[Any, Any, str] | None = None
    """Its user, its target and its address when it was loaded or last saved: so Columba's address book has it."""

    class Meta:
        db_table = "notification_system_target_user_record"
        verbose_name_plural = "User In Notification Targets"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "target", "target_user_id"], name="user target ids cannot be repeated"
            )
        ]

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> Self:
        """Remember as what it was loaded."""
        record: Self = super().from_db(db, field_names, values)
        if {"user_id", "target_id", "target_user_id"} <= set(field_names):
            record.loaded_as = (record.user_id, record.target_id, record.target_user_id)
        return record

    def clean(self) -> None:
        """Check what forms and the admin save: whether it can be an address. Raises ValidationError."""
        try:
            check_address(target_for(self.target.notification_module_name), self.target_user_id)
        except ValueError as error:
            raise ValidationError({"target_user_id": f"{self.target_user_id} {error}"}) from error

    def __str__(self) -> str:
        return f"{self.user.get_username()}: {self.description}"
