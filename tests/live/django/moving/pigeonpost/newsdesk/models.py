"""Stories and circulars, written against pigeonpost's own documentation."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import models
from pigeonpost.signals import pigeonpost_queue
from pigeonpost.utils import generate_email

DESK = "desk@example.org"


class Story(models.Model):
    """Goes to its subscribers, or to everybody, in the words that it has by then."""

    title = models.CharField(max_length=100)
    subscribers = models.ManyToManyField(User)

    def render_email(self, user: User) -> EmailMessage | None:
        """Return the mail to a reader; the chief knows it already."""
        if user.username == "chief":
            return None
        return EmailMessage(self.title, f"Dear {user.username}", DESK, [user.email])

    def render_both(self, user: User) -> EmailMessage:
        """Return a mail in text and HTML."""
        return generate_email(user, self.title, {"story": self}, "story.txt", "story.html", DESK)

    def render_for_one(self, user: User) -> EmailMessage:
        """Return a mail to bob, and nothing that could be sent to others."""
        if user.username != "bob":
            raise LookupError(user.username)
        return EmailMessage(self.title, "For bob", DESK, [user.email])

    def render_nonsense(self, user: User) -> str:
        """Return what is no mail."""
        return f"for {user}"

    def render_with_copy(self, user: User) -> EmailMessage:
        """Return a mail of which the archive gets a copy."""
        return EmailMessage(self.title, "Copied", DESK, [user.email], cc=["archive@example.org"])

    def render_elsewhere(self, user: User) -> EmailMessage:
        """Return a mail to where somebody else reads it."""
        return EmailMessage(self.title, "Elsewhere", DESK, [f"{user.username}@home.example.org"])

    def readers(self) -> Iterator[User]:
        """Yield who has subscribed, one of them twice."""
        yield from self.subscribers.order_by("-username")
        yield from self.subscribers.order_by("-username")[:1]


class SavedStory(Story):
    """Tells everybody ten minutes after it was saved last, as the documentation shows it."""

    class Meta:
        """The same table."""

        proxy = True

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Django calls it
        """Save, and queue."""
        super().save(*args, **kwargs)
        pigeonpost_queue.send(sender=self, defer_for=600)


class Circular(models.Model):
    """Told together: the model itself says it."""

    line = models.CharField(max_length=100)

    @classmethod
    def render_email(cls, user: User) -> EmailMessage:
        """Return all lines."""
        lines = cls.objects.order_by("id").values_list("line", flat=True)
        return EmailMessage("Circular", "\n".join(lines), DESK, [user.email])


class Attempt(models.Model):
    """What pigeonpost's signals have told."""

    subject = models.CharField(max_length=100)
    to = models.CharField(max_length=100)
    successful = models.BooleanField()
