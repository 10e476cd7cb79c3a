"""What is wished for when a mail about something is queued: which method says it, and who gets it."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final, Self

from columba_shared.event import MAX_KEY_LENGTH, Event
from django.contrib.auth import get_user_model

from columba_producer.django.about.subject import Subject

KINDS: Final = "django.about"
"""What the kinds of such mails begin with: django.about.news.story.render_email."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """``send_to`` is a user's primary key, ``send_to_method`` what yields users; without either all active users."""

    subject: Subject
    render_email_method: str
    send_to: str | None = None
    send_to_method: str | None = None

    @classmethod
    def of(cls, subject: Subject, *, render_email_method: str, send_to: object, send_to_method: str | None) -> Self:
        """Return the wish; raises TypeError and ValueError for what cannot be fulfilled."""
        if send_to is not None and send_to_method is not None:
            raise ValueError("send_to_method: give it or send_to, not both")
        for name in (render_email_method, send_to_method):
            if name is not None and not hasattr(subject.model, name):
                raise ValueError(f"{subject.model.__name__} has no method {name!r}")
        return cls(
            subject=subject,
            render_email_method=render_email_method,
            send_to=_user(send_to),
            send_to_method=send_to_method,
        )

    @classmethod
    def told_by(cls, event: Event) -> Self:
        """Return the wish that an event tells; raises LookupError for a model that the project does not have."""
        return cls(subject=Subject.named(event.about or ""), **event.context)

    @property
    def kind(self) -> str:
        """The event's kind."""
        return f"{KINDS}.{self.subject.sort}.{self.render_email_method}".lower()

    @property
    def context(self) -> dict[str, Any]:
        """What the event says of it, besides what it is about."""
        return {
            "render_email_method": self.render_email_method,
            "send_to": self.send_to,
            "send_to_method": self.send_to_method,
        }

    @property
    def key(self) -> str:
        """What is the same for all that replace each other while they wait."""
        whom = f" to {self.send_to}" if self.send_to else f" by {self.send_to_method}" if self.send_to_method else ""
        key = f"{self.subject.name} {self.render_email_method}{whom}"
        return key if len(key) <= MAX_KEY_LENGTH else self.digest

    @property
    def digest(self) -> str:
        """The same in 64 characters."""
        parts = (self.subject.name, self.render_email_method, self.send_to or "", self.send_to_method or "")
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _user(given: object) -> str | None:
    if given is None:
        return None
    if not isinstance(given, get_user_model()) or given.pk is None:
        raise TypeError(f"send_to: must be a user of the project's who is saved, not {given!r:.60}")
    return str(given.pk)
