"""Whom django-pigeonpost has told, from its tables: they are read, and stay as they are."""

from collections.abc import Iterator
from typing import Any, Final

from django.utils import timezone

from columba_producer.django.about.subject import Subject
from columba_producer.django.about.wish import Wish

_TABLE: Final = "pigeonpost_pigeon"
_PIGEONS: Final = """
SELECT pigeon.id, type.app_label, type.model, pigeon.source_id, pigeon.render_email_method, pigeon.send_to_id,
  pigeon.send_to_method, pigeon.to_send
FROM pigeonpost_pigeon pigeon JOIN django_content_type type ON type.id = pigeon.source_content_type_id
WHERE pigeon.source_id IS NOT NULL ORDER BY pigeon.id
"""
_MAILS: Final = "SELECT user_id FROM pigeonpost_outbox WHERE pigeon_id = %s ORDER BY id"


def take_over(apps: Any, schema_editor: Any) -> None:  # noqa: ANN401 - Django has no types
    """Remember for each object whether it was told of, and who has a mail about it; repeating it changes nothing."""
    connection = schema_editor.connection
    if _TABLE not in connection.introspection.table_names():
        return
    told = apps.get_model("columba", "Told").objects.using(connection.alias)
    with connection.cursor() as cursor:
        cursor.execute(_PIGEONS)
        for row in cursor.fetchall():
            rows = [
                told.model(what=what, person=person, event="", at=timezone.now())
                for what, person in _told(cursor, *row)
            ]
            told.bulk_create(rows, ignore_conflicts=True, batch_size=200)


def _told(  # noqa: PLR0917 - the columns of a row
    cursor: Any,  # noqa: ANN401 - as above
    pigeon: int,
    label: str,
    model: str,
    source: int,
    method: str,
    send_to: int | None,
    send_to_method: str | None,
    waits: bool,  # noqa: FBT001 - as above
) -> Iterator[tuple[str, str]]:
    """Yield what was told to whom; of a model that the project has no more, nothing."""
    try:
        subject = Subject.named(f"{label}.{model}:{source}".lower())
    except LookupError:
        return
    wish = Wish(
        subject=subject,
        render_email_method=method,
        send_to=None if send_to is None else str(send_to),
        send_to_method=None if send_to is not None else send_to_method,
    )
    if not waits:
        yield wish.digest, ""
    cursor.execute(_MAILS, [pigeon])
    for (user,) in cursor.fetchall():
        yield wish.digest, str(user)
