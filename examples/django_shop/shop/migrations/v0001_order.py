"""Orders."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes their table."""

    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254)),
                ("thing", models.CharField(max_length=100, unique=True)),
            ],
        )
    ]
