"""Push messages by Expo."""

from django_notification_system.handing_on import hand_on
from django_notification_system.models import Notification


def send_notification(notification: Notification) -> str:
    """Have it delivered at once, whenever it was scheduled for; returns what became of it so far."""
    return hand_on(notification, "expo")
