"""Templates in memory, and what they are rendered for."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.rendering import EMAIL_PARTS, TemplateLimits
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.folder import File
from columba_consumers.rendering.languages.fallback import Fallback
from columba_shared.event import Event, Recipient

BOB = Recipient(address="bob@example.org", name="Bob", context={"discount": 5})
SUBJECT = "invoice.ready/email.subject.txt"
TEXT = "invoice.ready/email.txt"

EventOf = Callable[..., Event]
EditionOf = Callable[..., Edition]
Render = Callable[..., EmailMessage]
TextOf = Callable[..., str]


@pytest.fixture
def recipient() -> Recipient:
    """Bob, who has a context of his own."""
    return BOB


@pytest.fixture
def event_of() -> EventOf:
    """An event with a given context: ``event_of({"number": 42}, kind="a", target="sms")``."""

    def event_of(
        context: Mapping[str, Any] | None = None, *, kind: str = "invoice.ready", target: str = "email"
    ) -> Event:
        return Event(
            id=UUID(int=1),
            kind=kind,
            target=target,
            to=(BOB,),
            context=dict(context or {}),
            created_at=datetime(2026, 11, 21, tzinfo=UTC),
        )

    return event_of


@pytest.fixture
def edition_of() -> EditionOf:
    """An edition of files that are given as text or bytes."""

    def edition_of(
        files: Mapping[str, str | bytes],
        *,
        limits: TemplateLimits | None = None,
        fallback: Fallback | None = None,
        before: Edition | None = None,
    ) -> Edition:
        contents = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
        made = {name: File(stamp=(0, 0, 0), content=content) for name, content in contents.items()}
        return Edition(
            made,
            folder=Path("templates"),
            limits=limits or TemplateLimits(),
            fallback=fallback or Fallback(),
            before=before,
        )

    return edition_of


@pytest.fixture
def render(edition_of: EditionOf, event_of: EventOf) -> Render:
    """The email that the files make of a context; a subject is added when none is given."""

    def render(
        files: Mapping[str, str | bytes],
        context: Mapping[str, Any] | None = None,
        *,
        recipient: Recipient = BOB,
        limits: TemplateLimits | None = None,
        fallback: Fallback | None = None,
    ) -> EmailMessage:
        edition = edition_of({SUBJECT: "Subject", **files}, limits=limits, fallback=fallback)
        made = edition.set_for("invoice.ready", EMAIL_PARTS).render(event_of(context), recipient)
        assert isinstance(made, EmailMessage)
        return made

    return render


@pytest.fixture
def text_of(render: Render) -> TextOf:
    """The text that one template makes of a context; other files may be given by name."""

    def text_of(
        template: str,
        context: Mapping[str, Any] | None = None,
        *,
        limits: TemplateLimits | None = None,
        files: Mapping[str, str | bytes] | None = None,
    ) -> str:
        text = render({**(files or {}), TEXT: template}, context, limits=limits).text
        assert text is not None
        return text

    return text_of
