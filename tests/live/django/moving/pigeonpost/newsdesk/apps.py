"""The app, and its receivers of pigeonpost's signals."""

from typing import Any

from django.apps import AppConfig


class NewsdeskConfig(AppConfig):
    """Stamps each mail, and notes what became of it."""

    name = "newsdesk"

    def ready(self) -> None:
        """Listen."""
        from pigeonpost.signals import pigeonpost_post_send, pigeonpost_pre_send  # noqa: PLC0415 - once apps are ready

        pigeonpost_pre_send.connect(stamp)
        pigeonpost_post_send.connect(note)


def stamp(sender: Any, **_: object) -> None:  # noqa: ANN401 - a mail of Django's
    """Add a header."""
    sender.extra_headers["X-Desk"] = "news"


def note(sender: Any, *, successful: bool, **_: object) -> None:  # noqa: ANN401 - as above
    """Write it down."""
    from .models import Attempt  # noqa: PLC0415 - once apps are ready

    Attempt.objects.create(subject=sender.subject, to=sender.to[0], successful=successful)
