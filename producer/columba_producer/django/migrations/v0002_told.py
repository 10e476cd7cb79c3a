"""Who has been told of an object, so that nobody is told twice."""

from typing import Any, ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes the table of the model."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("columba", "v0001_outbox")]
    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="Told",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=64)),
                ("person", models.CharField(max_length=100)),
                ("event", models.CharField(max_length=36)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "columba_told",
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("what", "person"), name="uq_columba_told")],
            },
        ),
    ]
