"""The email backend: every mail that a Django project sends is queued, byte for byte as Django would have sent it."""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, Final

from columba_shared.errors import ColumbaError
from columba_shared.event import Event
from columba_shared.telemetry import emit
from columba_shared.underway import UNDERWAY
from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.core.mail.backends.base import BaseEmailBackend

from columba_producer.django.finishing import finished
from columba_producer.django.publishing import producer
from columba_producer.errors import PartlyEnqueued

_OF_SMTP: Final = frozenset({"username", "password"})
"""What `send_mail(auth_user=…)` hands to any backend."""
_DEPTH: Final = ContextVar("columba_django_depth", default=0)
_DEEPEST: Final = 2
"""A logger may mail what it is told, that a mail was not queued too; what it is told of that one is nobody's mail."""
_TELLING: Final = ContextVar("columba_django_telling", default=False)
"""Whether that is being told: what the logger cannot mail is no error of whoever was to hear of none."""


class MailLoop(ColumbaError, ImproperlyConfigured):
    """A mail of this backend is being delivered, and whoever delivers it has given it to this backend again."""


class EmailBackend(BaseEmailBackend):
    """Name it in EMAIL_BACKEND, or in MAILERS, where OPTIONS may have a ``kind`` and a ``lane`` for its mails."""

    def __init__(
        self,
        fail_silently: bool = False,  # noqa: FBT001, FBT002 - as Django calls it
        *,
        kind: str | None = None,
        lane: str | None = None,
        **options: Any,  # noqa: ANN401 - as Django calls it
    ) -> None:
        """Prepare; nothing is opened."""
        super().__init__(**{name: value for name, value in options.items() if name not in _OF_SMTP})
        self.fail_silently = fail_silently
        self._kind = kind
        self._lane = lane

    def send_messages(self, email_messages: Sequence[Any] | None) -> int:
        """Queue them, and return how many were; one without recipients is none.

        All are looked at before the first is queued. What is wrong with a mail is raised as Django does; that Columba
        did not take it is a ColumbaError, which ``fail_silently`` leaves to the log.
        """
        mails = [each for each in email_messages or () if each.recipients()]
        if not mails or _DEPTH.get() >= _DEEPEST:
            return 0
        _check_loop(UNDERWAY.get())
        token = _DEPTH.set(_DEPTH.get() + 1)
        try:
            return self._queue(mails)
        finally:
            _DEPTH.reset(token)

    def _queue(self, mails: list[Any]) -> int:
        queue = producer()
        kind = self._kind or queue.configuration.mail_kind
        try:
            ids = queue.enqueue_checked(finished(each, kind=kind, lane=self._lane) for each in mails)
        except (ColumbaError, SynchronousOnlyOperation) as error:
            if not (self.fail_silently or _TELLING.get()):
                raise
            _tell(len(mails), error)
            return _queued(error, len(mails))
        for mail, event_id in zip(mails, ids, strict=True):
            mail.columba_id = event_id
        return len(ids)


def _check_loop(underway: Event | None) -> None:
    if underway is not None and underway.finished is not None:
        raise MailLoop(
            f"a mail of kind {underway.kind} is being delivered, and would be queued again and again: code that is "
            "called for such mails (a target, a hook) sends by another backend, such as Django's for SMTP"
        )


def _tell(mails: int, error: Exception) -> None:
    token = _TELLING.set(True)
    try:
        emit("mail.unqueued", mails=mails, error=error)
    finally:
        _TELLING.reset(token)


def _queued(error: Exception, given: int) -> int:
    """Return how many of these were queued all the same."""
    if not isinstance(error, PartlyEnqueued):
        return 0
    tried = given if error.untried is None else error.untried
    return tried - len(error.failures)
