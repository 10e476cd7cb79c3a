"""What is wished for when a mail about something is queued: which method says it, and who gets it."""

from dataclasses import dataclass
from typing import Any, Self

from columba_shared.about_mail import context_of, digest_of, key_of, kind_of
from columba_shared.event import Event
from django.contrib.auth import get_user_model

from columba_producer.django.about.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """``send_to`` is a user's primary key, ``send_to_method`` what yields users; without either all active users."""

    subject: Subject
    render_email_method: str
    send_to: str | None = None
    send_to_method: str | None = None

    @classmethod
    def of(cls, thing: object, *, render_email_method: str, send_to: object, send_to_method: str | None) -> Self:
        """Return what is wished for about an object or a model; raises TypeError and ValueError for what cannot be."""
        if send_to is not None and send_to_method is not None:
            raise ValueError("send_to_method: give it or send_to, not both")
        subject = Subject.of(thing)
        for name in (render_email_method, send_to_method):
            if name is not None and not hasattr(thing, name):
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
        return kind_of(self.subject.name, self.render_email_method)

    @property
    def context(self) -> dict[str, Any]:
        """What the event says of it, besides what it is about."""
        return context_of(self.render_email_method, self.send_to, self.send_to_method)

    @property
    def key(self) -> str:
        """What is the same for all that replace each other while they wait."""
        return key_of(self.subject.name, self.render_email_method, self.send_to, self.send_to_method)

    @property
    def digest(self) -> str:
        """The same in 64 characters."""
        return digest_of(self.subject.name, self.render_email_method, self.send_to, self.send_to_method)


def _user(given: object) -> str | None:
    if given is None:
        return None
    if not isinstance(given, get_user_model()) or given.pk is None:
        raise TypeError(f"send_to: must be a user of the project's who is saved, not {given!r:.60}")
    return str(given.pk)
