"""What templates in memory need."""

from collections.abc import Callable, Mapping

import pytest
from columba_consumers.rendering import EMAIL_PARTS
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.needs.needs import Needs, needs_of

NeedsOf = Callable[..., Needs]
TEXT = "invoice.ready/email.txt"


@pytest.fixture
def needs_in(edition_of: Callable[..., Edition]) -> NeedsOf:
    """What a text, and other files by name, need."""

    def needs_in(text: str, files: Mapping[str, str] | None = None) -> Needs:
        return needs_of(edition_of({TEXT: text, **(files or {})}), "invoice.ready", EMAIL_PARTS)

    return needs_in
