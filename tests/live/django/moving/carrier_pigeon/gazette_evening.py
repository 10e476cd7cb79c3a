"""An evening at the gazette: the old commands in one process; what they said is printed as JSON."""

import json
import os
import sys
import warnings
from datetime import timedelta
from io import StringIO

import django

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    django.setup()

from columba_shared.clock import utc_now
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
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


def log(statement, *values):
    """Change the log past Columba, or return what it says."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def ago(**past):
    """Return a moment as the log has it."""
    return (utc_now() - timedelta(**past)).strftime("%Y-%m-%d %H:%M:%S.%f")


def partners():
    """Return how many deliveries the log has that the partner has, or never will."""
    query = "SELECT state, count(*) FROM columba_delivery WHERE kind LIKE '%%.partner' GROUP BY state"
    return {state: count for state, count in log(query) if state in {"sent", "dead"}}


def waits(**past):
    """Return the exit status of a check while something has been due for that long."""
    one = "SELECT id FROM columba_delivery WHERE kind LIKE '%%.weekly' LIMIT 1"
    (row,) = log(one)
    log("UPDATE columba_delivery SET state = 'scheduled', due_at = %s WHERE id = %s", ago(**past), *row)
    return said("pigeon_check")


Story.objects.create(title="Lost", state=30)
os.utime(COPY, (0, 0))
SAID = {
    "no mass rule": said("pigeon_mass_push", "partner"),
    "mass": said("pigeon_mass_push", "weekly", "10"),
    "lost": said("pigeon_mass_push", "weekly", "30"),
    "none": said("pigeon_mass_push", "weekly", "99"),
    "export": said("pigeon_clean_export"),
    "copy": COPY.exists(),
    "before": partners(),
}
log("UPDATE columba_delivery SET updated_at = %s WHERE kind LIKE '%%.partner'", ago(days=31))
said("pigeon_clean_queue", dry_run=True)
SAID["dry"] = partners()
said("pigeon_clean_queue")
SAID["cleaned"] = partners()
SAID["checks"] = [waits(minutes=11), waits(minutes=31)]
json.dump(SAID, sys.stderr)
