"""What has become of notifications that were handed over before: asked of the log before anything is told of them."""

import logging
from collections.abc import Sequence
from typing import Final

from columba_producer.django.log import outcomes
from columba_producer.django.moments import as_kept
from columba_producer.outcomes import State
from columba_shared.errors import ColumbaError
from sqlalchemy.exc import SQLAlchemyError

from django_notification_system.models import Notification

_logger: Final = logging.getLogger("columba")
_UNDERWAY: Final = frozenset({State.SENDING, State.IN_DOUBT})
_STALE: Final = (*Notification.WAITING, Notification.OPTED_OUT)
"""What a row may say of which nobody has written yet that it was delivered."""


def not_yet_gone(rows: Sequence[Notification]) -> list[Notification]:
    """Return those of which something can still be told; rows whose event was delivered say so from now on.

    An event that is on its way is left alone, too. While the log is away nobody knows, and all are returned.
    """
    asked = [row for row in rows if row.event_id is not None and row.status in _STALE]
    if not asked:
        return list(rows)
    try:
        with outcomes() as log:
            found = log.of([row.event_id for row in asked])
    except (ColumbaError, SQLAlchemyError) as error:
        _logger.warning("whether notifications were delivered before, the log does not say: %s", error)
        return list(rows)
    gone = set[int]()
    for row in asked:
        for outcome in found.get(row.event_id, ())[-1:]:
            if outcome.state is State.SENT:
                write_delivered(row, attempted_delivery=as_kept(outcome.updated_at))
            if outcome.state is State.SENT or (outcome.state in _UNDERWAY and row.status in Notification.WAITING):
                gone.add(id(row))
    return [row for row in rows if id(row) not in gone]


def write_delivered(row: Notification, **more: object) -> None:
    """Write that it was delivered, by an event that is over: what is SCHEDULED once more is another one."""
    values = {"status": Notification.DELIVERED, "event_id": None, **more}
    Notification.objects.filter(pk=row.pk).update_quietly(**values)
    for name, value in values.items():
        setattr(row, name, value)
