"""Where chat messages may go: names, which events use, and Apprise's URLs, which only settings know."""

import re
from dataclasses import dataclass, field
from typing import Final

from columba_shared.event import MAX_NAME_LENGTH, NAME_PATTERN

_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[!-~]+")
_FORM: Final = (
    "must be destinations as name=url, separated by semicolons, such as ops=slack://token/#alerts; "
    "desk=mmosts://chat.example.com/token; names are of a-z, 0-9, _ and -, and in a URL %3B stands for a semicolon"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatDestination:
    """One place that people read."""

    name: str
    url: str = field(repr=False)

    @property
    def service(self) -> str:
        """What kind of place it is: the URL's scheme."""
        return self.url.partition("://")[0].lower()

    def __str__(self) -> str:
        """Show it without its URL: of Apprise's, any part may be a secret."""
        return f"{self.name} ({self.service})"


def chat_destinations(value: str) -> tuple[ChatDestination, ...]:
    """Take destinations as ``name=url``, separated by semicolons; no error holds any of a URL."""
    found = tuple(map(_destination, filter(None, (part.strip() for part in value.split(";")))))
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"names the destination {twice} twice")
    return found


def _destination(text: str) -> ChatDestination:
    name, equals, url = (part.strip() for part in text.partition("="))
    if not equals or not re.fullmatch(NAME_PATTERN, name) or len(name) > MAX_NAME_LENGTH:
        raise ValueError(_FORM)
    if not _URL.fullmatch(url):
        raise ValueError(f"the destination {name}: must be one URL as Apprise takes it, such as slack://token/#alerts")
    return ChatDestination(name=name, url=url)
