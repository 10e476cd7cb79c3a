"""What is said: the object's own method makes the mail, receivers may change it, and what comes of it is delivered."""

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Any, Final, cast

from columba_shared.event import Event, Recipient
from columba_shared.identity import delivery_id
from columba_shared.raw_email import RawEmail
from columba_shared.underway import LOOKING
from django.core.mail import DNS_NAME, EmailMessage
from django.utils.encoding import punycode

from columba_producer.django.about.memory import Memory
from columba_producer.django.about.subject import Gone
from columba_producer.django.about.wish import Wish
from columba_producer.django.finishing import finished
from columba_producer.django.people import user_by
from columba_producer.django.publishing import producer
from columba_producer.django.signals import post_send, pre_send

COPIES: Final = "django.copies"
"""The kind of what goes to those whom a mail names besides its user."""
_KEPT: Final = 1_000
_IN_VAIN: Final = frozenset({"dead", "skipped", "expired"})
_TRIED: Final = {"sent": True, "in_doubt": False, "retrying": False, "dead": False}
"""Whether it has arrived, by what became of an attempt; of others no signal tells."""


class NoMail(TypeError):
    """A method returned something else than a mail."""


def mail_for(event: Event, recipient: Recipient) -> RawEmail | None:
    """Return the mail for one user, as it leaves; None: there is nothing to say to this one.

    Whoever else it names gets it by an event of its own. Raises Gone, NoMail, and what the project's code raises.
    """
    wish = Wish.told_by(event)
    thing, user = wish.subject.find(), user_by(recipient.user)
    if user is None:
        raise Gone(f"user {recipient.user} is gone")
    mail = getattr(thing, wish.render_email_method)(user)
    if not mail:
        return None
    if not isinstance(mail, EmailMessage):
        name = f"{wish.subject.model.__name__}.{wish.render_email_method}"
        raise NoMail(
            f"{name} returned {type(mail).__name__}: a method that says a mail returns an EmailMessage or None"
        )
    pre_send.send(sender=mail)
    _name(mail, event, recipient)
    if not mail.recipients() or not _is_first(wish, event, user):
        return None
    request = finished(mail, kind=COPIES)
    others = [address for address in cast("list[str]", request.to) if not _same(address, recipient.address)]
    if others and not LOOKING.get():
        named = f"{event.id} {recipient.address}"
        producer().enqueue_checked([replace(request, to=others, idempotency_key=named)])
    if len(others) == len(mail.recipients()):
        return None
    _SAID.keep(event, recipient, mail)
    return request.mail


def _is_first(wish: Wish, event: Event, user: Any) -> bool:  # noqa: ANN401 - Django has no types
    """Remember that this user is told of the object by this event; False: another one has told them meanwhile."""
    return wish.subject.key is None or LOOKING.get() or Memory(wish.digest).note(str(user.pk), event.id)


def _same(one: str, other: str) -> bool:
    """Say whether two addresses are one, however they are written."""
    local, at, domain = other.rpartition("@")
    return one.casefold() == f"{local}{at}{punycode(domain) if domain else domain}".casefold()


def _name(mail: EmailMessage, event: Event, recipient: Recipient) -> None:
    """Give it the id that it has in every attempt, unless the project has given it one."""
    if "message-id" not in {name.lower() for name in mail.extra_headers}:
        name = delivery_id(event.id, event.target, recipient.address)
        mail.extra_headers["Message-ID"] = f"<{name}@{DNS_NAME}>"


def tell_what_became(outcome: Any) -> None:  # noqa: ANN401 - a DeliveryOutcome of the consumers'
    """Forget that somebody was told who was not, and send `post_send`; raises what its receivers raise."""
    event, recipient = outcome.event, outcome.recipient
    mail = _SAID.drop(event, recipient)
    if outcome.state in _IN_VAIN and event.about is not None and recipient.user is not None:
        wish = Wish.told_by(event)
        if wish.subject.key is not None and not (mail is None and outcome.state == "skipped"):
            Memory(wish.digest).forget([recipient.user], event.id)
    if outcome.state not in _TRIED or (mail is None and outcome.stage == "render"):
        return
    post_send.send(sender=mail or EmailMessage(to=[recipient.address]), successful=_TRIED[outcome.state])


class _Said:
    """The mails that this process has made and not yet delivered, as objects, for `post_send`."""

    def __init__(self) -> None:
        self._mails: OrderedDict[tuple[Any, str], Any] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, event: Event, recipient: Recipient, mail: object) -> None:
        """Keep it; of too many the oldest goes."""
        with self._lock:
            self._mails[event.id, recipient.address] = mail
            while len(self._mails) > _KEPT:
                self._mails.popitem(last=False)

    def drop(self, event: Event, recipient: Recipient) -> Any:  # noqa: ANN401 - Django has no types
        """Return it, and forget it; None: this process did not make it, or has forgotten it."""
        with self._lock:
            return self._mails.pop((event.id, recipient.address), None)


_SAID: Final = _Said()
