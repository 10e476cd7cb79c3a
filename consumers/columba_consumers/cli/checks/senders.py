"""SMS: whether messages say who they are from; without that, each would be dead."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from columba_shared.errors import ColumbaError

from columba_consumers.cli.checks.finding import Finding, note, problem

if TYPE_CHECKING:
    from columba_shared.settings import Settings

_SMS: Final = "sms"
_FIX: Final = "set COLUMBA_SMS_SENDER to a number, a short code, a name, or a messaging service (MG…)"


def check_senders(settings: "Settings") -> Iterator[Finding]:
    """Yield what dies for want of a sender; of what cannot be used at all, others tell."""
    from columba_consumers.app import App, load_app
    from columba_consumers.targets.registry import Registry
    from columba_consumers.targets.sms import SmsTarget

    if _SMS not in settings.targets:
        return
    with suppress(ColumbaError):
        app = load_app(settings.app) if settings.app else App.empty()
        if Registry(settings=settings, app=app).target(_SMS) is not SmsTarget:
            return
        if settings.own(_SMS, SmsTarget.settings)["sender"] is not None:
            return
        if any(target == _SMS for _, target in app.renderers):
            text = (
                "COLUMBA_SMS_SENDER is not set: every SMS is dead whose renderer names no sender, as templates do not"
            )
            yield note(_SMS, text, fix=_FIX)
        else:
            text = "COLUMBA_SMS_SENDER is not set: every SMS is dead, since templates name no sender"
            yield problem(_SMS, text, fix=_FIX)
