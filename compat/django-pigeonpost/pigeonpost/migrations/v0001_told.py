"""Whom the original has told, so that Columba tells nobody twice of what is saved again."""

from typing import Any, ClassVar

from columba_producer.django.about.pigeons import take_over
from django.db import migrations


class Migration(migrations.Migration):
    """Reads the original's tables, where there are any, and leaves them as they are."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("columba", "v0002_told"), ("contenttypes", "__first__")]
    operations: ClassVar[list[Any]] = [migrations.RunPython(take_over, migrations.RunPython.noop)]
