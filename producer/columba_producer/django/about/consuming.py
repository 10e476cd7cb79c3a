"""What Columba's consumers load of a Django project, and nobody else: how mails about its objects are made."""

from collections.abc import Iterator

from columba_consumers import DeliveryOutcome, Recipient, after_delivery, audience, renderer
from columba_consumers.errors import Permanent
from columba_consumers.rendering.errors import Vanished
from columba_shared.about_mail import AUDIENCE, IMMEDIATE, KINDS
from columba_shared.event import Event
from columba_shared.raw_email import RawEmail

from columba_producer.django.about.audience import people_for
from columba_producer.django.about.saying import NoMail, mail_for, tell_what_became
from columba_producer.django.about.subject import Gone


@audience(AUDIENCE)
def users(event: Event) -> Iterator[Recipient]:
    """Yield who gets it."""
    try:
        yield from people_for(event)
    except Gone as gone:
        raise Vanished(str(gone)) from gone


@renderer(f"{KINDS}.*", target="email")
def mail(event: Event, recipient: Recipient) -> RawEmail | None:
    """Return what the object says."""
    try:
        return mail_for(event, recipient)
    except Gone as gone:
        raise Vanished(str(gone)) from gone
    except NoMail as error:
        raise Permanent(str(error)) from error


@after_delivery(f"{KINDS}.*", target="email")
@after_delivery(IMMEDIATE, target="email")
def attempted(outcome: DeliveryOutcome) -> None:
    """Tell those who listen."""
    tell_what_became(outcome)
