"""The three channels that there are from the beginning."""

from typing import Any, ClassVar, Final

from django.db import migrations

_CHANNELS: Final = {"Twilio": "twilio", "Email": "email", "Expo": "expo"}


def create(apps: Any, schema_editor: Any) -> None:
    """Enter those that are missing."""
    alias = schema_editor.connection.alias
    targets = apps.get_model("django_notification_system", "NotificationTarget").objects.using(alias)
    for name, module in _CHANNELS.items():
        targets.get_or_create(name=name, notification_module_name=module)


class Migration(migrations.Migration):
    """Under its old name."""

    dependencies: ClassVar[list[Any]] = [("django_notification_system", "0001_initial")]
    operations: ClassVar[list[Any]] = [migrations.RunPython(create, migrations.RunPython.noop)]
