"""Catalogues, and what a template says to somebody who reads them."""

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Any

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.rendering.languages.fallback import Fallback
from columba_shared.event import Recipient

TEXT = "invoice.ready/email.txt"

Said = Callable[..., str]


def catalogue(*entries: str, plural: str = "nplurals=2; plural=(n != 1);") -> str:
    """Return a catalogue of ready entries."""
    header = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {plural}\\n"\n'
    return "\n".join((header, *entries))


def translated(text: str, translation: str) -> str:
    """Return one entry."""
    return f'msgid "{text}"\nmsgstr "{translation}"\n'


def in_locale(locale: str, content: str) -> dict[str, str]:
    """Return the file of a locale's catalogue."""
    return {f"locale/{locale}/LC_MESSAGES/messages.po": content}


@pytest.fixture
def said(render: Callable[..., EmailMessage]) -> Said:
    """What one template says: ``said(template, locale="de_AT", files=in_locale(…))``."""

    def said(
        template: str,
        context: Mapping[str, Any] | None = None,
        *,
        locale: str | None = None,
        zone: str | None = None,
        files: Mapping[str, str] | None = None,
        default: str = "en",
        default_zone: tzinfo = UTC,
    ) -> str:
        recipient = Recipient(address="bob@example.org", name="Bob", locale=locale, zone=zone)
        fallback = Fallback(locale=default, zone=default_zone)
        text = render({**(files or {}), TEXT: template}, context, recipient=recipient, fallback=fallback).text
        assert text is not None
        return text

    return said
