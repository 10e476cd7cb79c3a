"""Notices: one title and text for a user, said by email, SMS and push as each of them says things.

Consumers make the messages with `columba_consumers.notifications` as COLUMBA_APP, or listed by the app's own module.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, Unpack
from uuid import UUID

from columba_shared.errors import InvalidEvent
from columba_shared.notice import CATEGORY, Notice
from django.db.models import Model
from django.utils.encoding import force_str

from columba_producer.django.publishing import enqueue
from columba_producer.request import Said
from columba_producer.user import User

MESSAGE: Final = f"{CATEGORY}.message"


def notify(
    whom: object,
    title: str,
    body: str,
    *,
    kind: str = MESSAGE,
    extra: Mapping[str, Any] | None = None,
    sender: str | None = None,
    attempts: int | None = None,
    retry_after: timedelta | None = None,
    **said: Unpack[Said],
) -> UUID:
    """Return the event's id; by every ``target`` each active address of the user in the address book is told.

    ``whom`` is a user of the project's, several, or what `enqueue` takes as ``to``. ``attempts``, the first included,
    and ``retry_after`` go before the target's settings. The rest is as for `enqueue`, and so is what it raises.
    """
    if not kind.startswith(f"{CATEGORY}."):
        raise InvalidEvent("kind", f"{kind!r:.60} must begin with {CATEGORY}., by which consumers know notices")
    notice = Notice(
        title=force_str(title),
        body=force_str(body),
        extra=dict(extra or {}),
        sender=sender,
        attempts=attempts,
        retry_seconds=None if retry_after is None else round(retry_after.total_seconds()),
    )
    whole = {"to": _whom(whom), "context": notice.as_context()}
    return enqueue(kind, **whole, **said)  # whoever says one of these again has a TypeError


def _whom(given: Any) -> Any:  # noqa: ANN401 - what `enqueue` looks at
    """Return users of Django's as those of the address book, and all else as it is."""
    if isinstance(given, Model):
        return User(str(given.pk))
    if isinstance(given, Iterable) and not isinstance(given, str | Mapping):
        return [_whom(each) for each in given]
    return given
