"""A language as somebody gets it: words, spellings of dates and numbers, and the clock on their wall."""

from dataclasses import dataclass
from datetime import tzinfo

from babel import Locale

from columba_consumers.rendering.languages.words import Words


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """What one recipient is spoken to in."""

    locale: Locale
    zone: tzinfo
    words: tuple[Words, ...]
    """The nearest first; what none of them has is said as the template has it."""

    @property
    def tag(self) -> str:
        """The language as HTML names it, such as ``de-AT``."""
        return str(self.locale).partition("@")[0].replace("_", "-")

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``, as HTML says it."""
        return str(self.locale.text_direction)

    def one(self, text: str, context: str | None = None) -> str:
        """Return ``text`` in this language."""
        return next((said for words in self.words if (said := words.one(text, context))), text)

    def many(self, one: str, other: str, number: int, context: str | None = None) -> str:
        """Return what is said of so many things."""
        said = (words.many(one, number, context) for words in self.words)
        return next((each for each in said if each), one if number == 1 else other)
