"""Which events have closed what: looked up by the event, when what waits is cancelled."""

from typing import Any, ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes the index."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("columba", "v0002_told")]
    operations: ClassVar[list[Any]] = [
        migrations.AddIndex(model_name="told", index=models.Index(fields=["event"], name="ix_columba_told_event")),
    ]
