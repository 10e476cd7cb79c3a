"""Whether a user wants to be told, as the project's own tables have it: that counts at once, whatever the log knows."""

from columba_consumers import Veto
from django.core.exceptions import ValidationError

from django_notification_system.models import NotificationOptOut, TargetUserRecord
from django_notification_system.targets import target_for

OPTED_OUT = "the user has a NotificationOptOut"
OUT_OF_USE = "the TargetUserRecord is not active"


def require_wanted(user: str | None, target: str, address: str) -> None:
    """Raise Veto when the user has opted out, or the address is out of use; raises what the database does."""
    if user is None:
        return
    try:
        key = NotificationOptOut._meta.get_field("user").target_field.to_python(user)
    except ValidationError:  # no user of this project's
        return
    if NotificationOptOut.objects.filter(user_id=key, active=True).exists():
        raise Veto(OPTED_OUT)
    records = TargetUserRecord.objects.filter(user_id=key, target_user_id=address, active=False)
    for record in records.select_related("target"):
        if target_for(record.target.notification_module_name) == target:
            raise Veto(OUT_OF_USE)
