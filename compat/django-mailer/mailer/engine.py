"""What sent the queue, for code that calls it: each is a pass of Columba's own commands, or goes on with them."""

import logging
from typing import Any, Final, NoReturn

from columba_producer.django.one_pass import Limits, deliver, serve
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mailer.deprecated import tell

_BACKEND: Final = "mailer.backend.DbBackend"
_logger: Final = logging.getLogger(__name__)


def limits() -> Limits:
    """Return what MAILER_EMAIL_MAX_BATCH, MAILER_EMAIL_MAX_DEFERRED and MAILER_EMAIL_THROTTLE say."""
    return Limits(
        sent=getattr(settings, "MAILER_EMAIL_MAX_BATCH", None),
        failed=getattr(settings, "MAILER_EMAIL_MAX_DEFERRED", None) or None,
        pause_seconds=getattr(settings, "MAILER_EMAIL_THROTTLE", 0),
    )


def send_all(queryset: Any = None) -> None:
    """Deliver what is queued; raises CommandError with Columba's exit status.

    A part of the queue alone cannot be sent: that raises ValueError.
    """
    tell("mailer.engine.send_all", "columba_producer.django.one_pass.deliver")
    if queryset is not None:
        raise ValueError("send_all takes no queryset: `manage.py columba reschedule --now ID…` forces what it names")
    _require_no_loop()
    if getattr(settings, "MAILER_PAUSE_SEND", False):
        _logger.info("sending is paused, quitting.")
        return
    found = limits()
    if found.sent == 0:
        _logger.info("MAILER_EMAIL_MAX_BATCH is 0, quitting.")
        return
    deliver("email", limits=found)


def send_loop() -> NoReturn:
    """Become the process that delivers until it is stopped."""
    tell("mailer.engine.send_loop", "columba_producer.django.one_pass.serve")
    serve(limits())


def _require_no_loop() -> None:
    if getattr(settings, "MAILER_EMAIL_BACKEND", None) == _BACKEND:
        raise ImproperlyConfigured(f"MAILER_EMAIL_BACKEND is {_BACKEND}, which only queues")
