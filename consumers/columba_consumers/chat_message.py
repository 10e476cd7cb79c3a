"""The chat message as an app's renderer returns it."""

from typing import Final, Literal

from msgspec import Struct

MOST_TEXT: Final = 32_768
"""Characters; most services take less, and say so."""
MOST_TITLE: Final = 250


class ChatMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One text for one destination of COLUMBA_CHAT_URLS, whose name is the delivery's address.

    ``format`` says how the text is written; it is converted to what the service takes.
    """

    text: str
    title: str = ""
    format: Literal["text", "markdown", "html"] = "text"

    def __post_init__(self) -> None:
        """Refuse what says nothing, or too much."""
        if not self.text.strip():
            raise ValueError("text: is empty")
        if len(self.text) > MOST_TEXT:
            raise ValueError(f"text: has {len(self.text):,} characters; a chat message has at most {MOST_TEXT:,}")
        if len(self.title) > MOST_TITLE or (self.title and not self.title.isprintable()):
            raise ValueError(f"title: must be one line of at most {MOST_TITLE} characters")
        if self.format not in ("text", "markdown", "html"):
            raise ValueError("format: must be text, markdown or html")
