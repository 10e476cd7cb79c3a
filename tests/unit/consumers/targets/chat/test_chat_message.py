"""A chat message: what may be one."""

from typing import Any

import pytest
from columba_consumers import ChatMessage


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("text", {"text": " "}),
        ("text", {"text": "x" * 32_769}),
        ("title", {"text": "x", "title": "two\nlines"}),
        ("title", {"text": "x", "title": "x" * 251}),
        ("format", {"text": "x", "format": "bbcode"}),
    ],
)
def test_what_no_service_could_take_is_refused_naming_the_field(field: str, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        ChatMessage(**given)
