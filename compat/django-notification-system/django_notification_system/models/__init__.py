"""The four models, in the tables that they have always had."""

from django_notification_system.models.notification import Notification
from django_notification_system.models.opt_out import NotificationOptOut
from django_notification_system.models.target import NotificationTarget
from django_notification_system.models.target_user_record import TargetUserRecord

__all__ = ["Notification", "NotificationOptOut", "NotificationTarget", "TargetUserRecord"]
