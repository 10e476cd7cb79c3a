"""What the three handlers do when the project's code calls them: Columba delivers, and does so once."""

from django_notification_system.deprecated import tell
from django_notification_system.models import Notification
from django_notification_system.telling import hand_over_or_fail


def hand_on(notification: Notification, handler: str) -> str:
    """Publish a notification that waits as due now; however often this is called, it is sent once."""
    tell(f"{handler}.send_notification", "not needed: what is saved as SCHEDULED is delivered")
    if notification.status not in Notification.WAITING:
        return f"Not sent: it is {notification.status}"
    problem = hand_over_or_fail(notification, at_once=True)
    return "Queued" if problem is None else f"Could not be sent: {problem}"
