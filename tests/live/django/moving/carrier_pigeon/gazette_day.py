"""A day at the gazette: what is saved, in one process; what came of it is printed as JSON."""

import json
import logging
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import django

with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    django.setup()

from carrier_pigeon.facility import add_item_to_push
from carrier_pigeon.models import ItemToPush
from carrier_pigeon.registry import REGISTRY, RULES
from carrier_pigeon.validators.xml.dtd import DtdXmlValidator
from carrier_pigeon.validators.xml.schema import SchemaXmlValidator
from carrier_pigeon.validators.xml.wellformed import WellformedXmlValidator
from columba_shared.wire import decode
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings
from gazette.feeds import HOOKS
from gazette.models import Brief, Photo, Story

ONLINE = 20


def queued():
    """Return rule, thing and whether it is new, of what the outbox has since this was last asked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM columba_outbox ORDER BY id")
        events = [decode(bytes(body)) for (body,) in cursor.fetchall()]
    fresh = [each for each in events if each.id not in SEEN]
    SEEN.update(each.id for each in fresh)
    return [[each.context["rule"], each.about, [to.address for to in each.to]] for each in fresh]


def judged(validator, xml):
    """Return what a validator says of a file, or what it raises."""
    maker = SimpleNamespace(dtd=HERE / "a.dtd", xsd=HERE / "a.xsd")
    try:
        return validator(xml.encode(), maker).validate()
    except Exception as error:
        return type(error).__name__


HERE = Path(__file__).parent
SEEN = set()
SAID = {"told": [str(each.message) for each in told if each.category is DeprecationWarning]}


def morning():
    """Make the tables, and write a story."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in (Photo, Story, Brief):
            editor.create_model(model)
    photo = Photo(title="An egg")
    photo.original_file.save("egg.jpg", ContentFile(b"coucou"))
    story = Story.objects.create(title="An egg & a chicken", state=ONLINE, photo=photo)
    SAID["created"] = queued()  # CP-12, CP-15
    SAID["hooks"] = list(HOOKS)  # CP-18
    SAID["draft"] = [Story.objects.create(title="Draft").title, queued()]
    SAID["after"] = [*story._modified_attrs]  # CP-5, CP-6
    story.title = "An egg & a chicken"
    SAID["same"] = [*story._modified_attrs]  # CP-2
    story.content = "More"
    story.content = ""
    SAID["back"] = [*story._modified_attrs]  # CP-3
    story.save()
    SAID["unwanted"] = queued()
    story.title = "The egg"
    with transaction.atomic():
        story.save()
        transaction.set_rollback(True)
    SAID["rolled back"] = queued()  # CP-20
    story.title = "The eggs"
    story.save()
    SAID["updated"] = queued()
    return story


def afternoon(story):
    """Do all the rest."""
    loaded = Story.objects.defer("content").get(pk=story.pk)
    SAID["loaded"] = [[*loaded._modified_attrs], loaded.content, [*loaded._modified_attrs]]  # CP-4
    with transaction.atomic():
        loaded.title = "One egg"
        loaded.save()
        loaded.title = "Two eggs"
        loaded.save()
    SAID["twice"] = queued()  # CP-16
    with transaction.atomic():
        loaded.title = "Three eggs"
        loaded.save()
        loaded.content = "Fresh"
        loaded.save()
    SAID["then another field"] = queued()
    with transaction.atomic():
        loaded.title = "Two eggs"
        loaded.save()
        loaded.more_photos.add(loaded.photo)
    SAID["then a relation"] = queued()
    loaded.more_photos.clear()
    SAID["a relation alone"] = queued()
    Story.objects.create(title="Trap", state=ONLINE)
    SAID["trap"] = [queued(), sorted({f"{each.rule} {each.stage}" for each in RULES.failures.last})]  # CP-13
    gone = Story.objects.create(title="Gone", state=ONLINE)
    gone.delete()
    SAID["gone"] = len(queued())  # CP-34
    Story.objects.create(title="Broken", content="broken", state=ONLINE)
    SAID["broken"] = len(queued())  # CP-52
    brief = Brief.objects.create(words="So", access=1)
    brief.access = 0
    brief.save()
    SAID["readme"] = queued()
    add_item_to_push(Story.objects.get(title="Two eggs"), "partner")
    add_item_to_push(story, "nobody")
    SAID["by hand"] = queued()  # CP-19
    SAID["rules"] = sorted(REGISTRY)  # CP-9
    SAID["validators"] = [
        judged(DtdXmlValidator, "<a><b/></a>"),
        judged(DtdXmlValidator, "<a/>"),
        judged(SchemaXmlValidator, "<a><b/></a>"),
        judged(SchemaXmlValidator, "<c/>"),
        judged(WellformedXmlValidator, "<a>"),
    ]
    SAID["statuses"] = [
        ItemToPush.STATUS.NEW,
        ItemToPush.STATUS.VALIDATION_ERROR,
        str(ItemToPush.objects.failed().query),
    ]


def for_nobody():
    """Save what has nowhere to go."""
    nobody = {"partner": ["dummy://nobody"]}
    with override_settings(CARRIER_PIGEON_OUTPUT_DIRECTORY=None, CARRIER_PIGEON_PUSH_URLS=nobody), transaction.atomic():
        Story.objects.create(title="For nobody", state=ONLINE)
        SAID["dummy"] = queued()
        transaction.set_rollback(True)


logging.basicConfig(level="ERROR")
afternoon(morning())
for_nobody()
json.dump(SAID, sys.stdout)
