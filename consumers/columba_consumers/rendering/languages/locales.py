"""Locales: what people write for them, and which of those at hand comes nearest to the one that is wanted."""

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.core import get_global, parse_locale

_REMEMBERED: Final = 1024
_LONGEST: Final = 64
"""No locale is longer; what strangers put there is not read further."""


@lru_cache(_REMEMBERED)
def locale_of(text: str | None) -> Locale | None:
    """Return the locale that ``de_AT``, ``de-AT`` or ``de_AT.UTF-8`` names, as much of it as is known; None: nothing.

    What nobody knows at its end (a region, a variant) is left off: ``de_XX`` is ``de``.
    """
    if text is None:
        return None
    spelt, at, variant = text[:_LONGEST].replace("-", "_").partition("@")
    words = spelt.partition(".")[0].split("_")
    names = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
    for name in ([names[0] + at + variant] if at else []) + names:
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return None


def nearest(wanted: str, there: Collection[str]) -> str | None:
    """Return which of the locales that are ``there`` (by their names) serves who wants this one; None: none does.

    First the locale itself, then what it is part of (``de_AT``, ``de``); then, a neighbour's words being better than a
    stranger's, another region's in the same script (``pt_BR`` for ``pt_AO``).
    """
    for name in wider(wanted):
        if name in there:
            return name
    related = [name for name in sorted(there) if _written(name) == _written(wanted)]
    usual = [name for name in related if _usual(name) == _usual(_written(wanted)[0])]
    return next(iter(usual + related), None)


def wider(name: str) -> Iterator[str]:
    """Yield the name of a locale and those of what it is part of; one script is not part of another."""
    language, territory, script, *_ = parse_locale(name)
    parts = ((script, territory), (script,), (territory,), ())
    names = ["_".join(filter(None, (language, *words))) for words in parts]
    for each in dict.fromkeys([name, *names]):
        if _written(each) == _written(name):
            yield each


def _written(name: str) -> tuple[str, str | None]:
    """Return language and script, the usual one where none is named."""
    language, _, script, *_ = parse_locale(name)
    return language, script or parse_locale(_usual(name))[2]


def _usual(name: str) -> str:
    """Return the name with the script and the region that are usual, so far as they are not named."""
    language, territory, *_ = parse_locale(name)
    likely = get_global("likely_subtags")
    return likely.get(f"{language}_{territory}") or likely.get(language) or name
