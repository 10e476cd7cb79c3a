"""An evening at the gazette: the old commands in one process; what they said is printed as JSON."""

import json
import os
import sys
import warnings
from io import StringIO

import django

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    django.setup()

from django.conf import settings
from django.core.management import CommandError, call_command
from gazette.models import Story

COPY = settings.FOLDER / "export" / "partner" / "outbox" / "medias" / "1.jpg"


def said(*command, **options):
    """Return the last line of what a command says, or its error."""
    lines = StringIO()
    try:
        call_command(*command, **options, stdout=lines, stderr=StringIO())
    except CommandError as error:
        return str(error)
    except SystemExit as end:
        return end.code
    return lines.getvalue().strip()


Story.objects.create(title="Lost", state=30)
os.utime(COPY, (0, 0))
json.dump(
    {
        "no mass rule": said("pigeon_mass_push", "partner"),
        "mass": said("pigeon_mass_push", "weekly", "10"),
        "lost": said("pigeon_mass_push", "weekly", "30"),
        "none": said("pigeon_mass_push", "weekly", "99"),
        "queue": said("pigeon_clean_queue", dry_run=True),
        "export": said("pigeon_clean_export"),
        "check": said("pigeon_check"),
        "copy": COPY.exists(),
    },
    sys.stderr,
)
