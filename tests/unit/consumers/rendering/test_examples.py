"""The example templates: in order, said in each of their languages, light and dark, from either side."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from columba_consumers.app import App
from columba_consumers.email_message import EmailMessage
from columba_consumers.rendering import EMAIL_PARTS, TemplateLimits
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.email_parts import finish
from columba_consumers.rendering.folder import read
from columba_consumers.rendering.inspection import inspect
from columba_consumers.rendering.languages.extraction import counts
from columba_shared.event import Event, Recipient

FOLDER: Final = Path(__file__).parents[4] / "examples" / "shop" / "templates"
FACTS: Final[dict[str, dict[str, Any]]] = {
    "order.confirmed": {"number": 1001, "items": [{"name": "Seed mix", "count": 2}]},
    "order.shipped": {"number": 1001, "carrier": "Carrier & Pigeon"},
    "newsletter.monthly": {"headline": "News", "intro": "Of all.", "articles": [{"title": "One", "text": "Two"}]},
}


@pytest.fixture(scope="module")
def edition() -> Edition:
    """The examples as they are."""
    return Edition(read(FOLDER, known={}), folder=FOLDER, limits=TemplateLimits())


def said(edition: Edition, kind: str, locale: str) -> EmailMessage:
    recipient = Recipient(address="ada@example.org", locale=locale)
    created = datetime(2026, 11, 22, tzinfo=UTC)
    event = Event(id=UUID(int=1), kind=kind, target="email", to=(recipient,), context=FACTS[kind], created_at=created)
    rendered = edition.set_for(kind, EMAIL_PARTS).render(event, recipient)
    assert isinstance(rendered, EmailMessage)
    made = finish(rendered)
    assert isinstance(made, EmailMessage)
    return made


def test_nothing_is_wrong_with_them(edition: Edition) -> None:
    assert inspect(edition, (EMAIL_PARTS,), App.empty()).problems == ()


def test_every_text_is_translated(edition: Edition) -> None:
    for name in edition.languages.catalogues:
        texts, translated, fuzzy = counts(edition.files[name].content)
        assert (translated, fuzzy) == (texts, 0), name


@pytest.mark.parametrize("kind", FACTS)
@pytest.mark.parametrize(("locale", "direction"), [("en", "ltr"), ("de", "ltr"), ("ar", "rtl")])
def test_they_are_said_from_the_right_side_in_light_and_dark(
    edition: Edition, kind: str, locale: str, direction: str
) -> None:
    mail = said(edition, kind, locale)
    assert mail.html is not None
    assert f'lang="{locale}" dir="{direction}"' in mail.html
    assert "prefers-color-scheme: dark" in mail.html
    assert mail.text
    if direction == "rtl":
        assert "direction:ltr" not in mail.html
