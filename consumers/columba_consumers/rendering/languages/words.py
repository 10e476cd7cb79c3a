"""The words of one catalogue: what a template says, in another language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Words:
    """Translations by context and text, in as many forms as the language has for numbers of things."""

    texts: Mapping[tuple[str | None, str], tuple[str, ...]]
    form: Callable[[int], int]
    """Which form a number takes."""

    def one(self, text: str, context: str | None) -> str | None:
        """Return the translation; None: there is none."""
        found = self.texts.get((context, text))
        return found[0] if found else None

    def many(self, text: str, number: int, context: str | None) -> str | None:
        """Return the translation for so many; None: there is none."""
        found = self.texts.get((context, text))
        if not found:
            return None
        form = self.form(number)
        return found[form] if form < len(found) else None
