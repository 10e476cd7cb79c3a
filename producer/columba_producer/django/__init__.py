"""Columba in a Django project: add `"columba_producer.django"` to INSTALLED_APPS, and settings to COLUMBA.

`EMAIL_BACKEND = "columba_producer.django.EmailBackend"` queues every mail that the project sends. `enqueue`,
`enqueue_many` and `withdraw` are those of a Producer, and part of the transaction that is open; coroutines have
`aenqueue`, `aenqueue_many` and `awithdraw`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from columba_producer.django.about.queueing import mail_about as mail_about
    from columba_producer.django.backend import EmailBackend as EmailBackend
    from columba_producer.django.backend import MailLoop as MailLoop
    from columba_producer.django.composing import generate_email as generate_email
    from columba_producer.django.publishing import aenqueue as aenqueue
    from columba_producer.django.publishing import aenqueue_many as aenqueue_many
    from columba_producer.django.publishing import awithdraw as awithdraw
    from columba_producer.django.publishing import enqueue as enqueue
    from columba_producer.django.publishing import enqueue_many as enqueue_many
    from columba_producer.django.publishing import producer as producer
    from columba_producer.django.publishing import withdraw as withdraw

# Django imports this package before its settings and its apps are ready.
_PLACES: Final = {
    "EmailBackend": "backend",
    "MailLoop": "backend",
    "aenqueue": "publishing",
    "aenqueue_many": "publishing",
    "awithdraw": "publishing",
    "enqueue": "publishing",
    "enqueue_many": "publishing",
    "generate_email": "composing",
    "mail_about": "about.queueing",
    "producer": "publishing",
    "withdraw": "publishing",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module holds
    """Load what needs Django when somebody asks for it."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
