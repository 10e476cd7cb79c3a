"""What it sends: every call as django-mailer's documentation has it."""

from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail import send_mail as send_by_backend
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from mailer import mail_admins, mail_managers, send_html_mail, send_mail, send_mass_mail
from mailer.models import PRIORITY_DEFERRED, PRIORITY_HIGH, PRIORITY_LOW, DontSendEntry, Message, make_message

SENDER = "news@example.com"


def by_backend() -> int:
    """Send by Django's own function."""
    return send_by_backend("By the backend", "Hello", SENDER, ["backend@example.org"])


def several_by_backend(*addresses: str) -> int:
    """Send several by one connection."""
    mails = [EmailMessage("Several", "Hello", SENDER, [each]) for each in addresses]
    return get_connection().send_messages(mails)


def to_nobody() -> int:
    """Send what has no recipient."""
    return get_connection().send_messages([EmailMessage("Nobody", "Hello", SENDER, [])])


def one_of_them_unsendable(*addresses: str) -> int:
    """Send several of which one cannot be sent."""
    mails = [EmailMessage("Together", "Hello", SENDER, [each]) for each in addresses]
    mails.append(EmailMessage("Two\nlines", "Hello", SENDER, ["broken@example.org"]))
    return get_connection().send_messages(mails)


def welcome(address: str) -> int:
    """Send at once."""
    return send_mail(_("Welcome"), _("Hello"), SENDER, [address], priority=PRIORITY_HIGH)


def digest(address: str) -> int:
    """Send when there is nothing else to send."""
    headers = {"X-Letter": "7"}
    return send_html_mail("Digest", "Hello", "<p>Hello</p>", SENDER, [address], priority=PRIORITY_LOW, headers=headers)


def mass(*addresses: str) -> int:
    """Send to each."""
    return send_mass_mail((("Mass", f"Hello {each}", SENDER, [each]) for each in addresses), fail_silently=False)


def staff() -> tuple[int, int]:
    """Tell those who run it."""
    return mail_admins("To admins", "Hello", priority=PRIORITY_LOW), mail_managers("To managers", "Hello")


def later(address: str) -> int:
    """Queue what nobody sends before it is retried."""
    return send_mail("Deferred", "Hello", SENDER, [address], priority=PRIORITY_DEFERRED)


def by_name(address: str) -> int:
    """Name the priority, as one did of old."""
    return send_mail("By name", "Hello", SENDER, [address], "high")


def with_files(address: str) -> None:
    """Build it now, change it, and queue it then."""
    message = make_message(subject="Plain", body="Hello", from_email=SENDER, to=[address])
    mail = EmailMultiAlternatives("With files", "Hello", SENDER, message.to_addresses)
    mail.attach("a.csv", "a;b\n", "text/csv")
    message.email = mail
    message.save()


def taken_back(address: str) -> None:
    """Queue something in a transaction that is rolled back."""
    with transaction.atomic():
        send_mail("Taken back", "Hello", SENDER, [address])
        transaction.set_rollback(True)


def one_by_mistake(address: str) -> int:
    """Give an address where a list is wanted."""
    return send_mail("Mistaken", "Hello", SENDER, address)


def waiting() -> int:
    """Count what waits."""
    return Message.objects.non_deferred().count()


def leave_out(address: str) -> None:
    """Write to this address no more."""
    DontSendEntry.objects.create(to_address=address)


def is_left_out(address: str) -> bool:
    """Say whether nobody writes to this address."""
    return DontSendEntry.objects.has_address(address)
