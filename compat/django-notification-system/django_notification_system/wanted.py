"""Whether a user wants to be told, as the project's own tables have it: that counts at once, whatever the log knows."""

from columba_consumers import Veto
from columba_consumers.errors import Throttled
from django.core.exceptions import ValidationError
from django.db import Error

from django_notification_system.models import NotificationOptOut, TargetUserRecord
from django_notification_system.targets import target_for

OPTED_OUT = "the user has a NotificationOptOut"
OUT_OF_USE = "the TargetUserRecord is not active"


def require_wanted(user: str | None, target: str, address: str) -> None:
    """Raise Veto when the user has opted out, or the address is out of use.

    While the tables do not say, it waits, and no attempt is spent on that: raises Throttled.
    """
    if user is None:
        return
    try:
        _require_wanted(user, target, address)
    except Error as error:
        raise Throttled(f"the project's tables do not say whether it is wanted: {error}") from error


def _require_wanted(user: str, target: str, address: str) -> None:
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
