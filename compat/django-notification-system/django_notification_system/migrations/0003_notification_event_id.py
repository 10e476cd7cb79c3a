"""Which event of Columba's a notification is: the one column that the original does not have, and does not mind."""

from typing import Any, ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the column, empty."""

    dependencies: ClassVar[list[Any]] = [("django_notification_system", "0002_auto_20201201_1720")]
    operations: ClassVar[list[Any]] = [
        migrations.AddField(
            model_name="notification", name="event_id", field=models.UUIDField(editable=False, null=True)
        )
    ]
