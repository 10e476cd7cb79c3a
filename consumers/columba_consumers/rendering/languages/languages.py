"""The languages of one edition: for each recipient the words, the spellings and the zone that serve best."""

from collections.abc import Iterator
from typing import Final

from babel import Locale

from columba_consumers.rendering.folder import File, Files
from columba_consumers.rendering.languages.catalogue import CATALOGUE, read_catalogue
from columba_consumers.rendering.languages.fallback import Fallback
from columba_consumers.rendering.languages.language import Language
from columba_consumers.rendering.languages.locales import locale_of, nearest, wider
from columba_consumers.rendering.languages.words import Words
from columba_consumers.rendering.languages.zone import zone_of

_REMEMBERED: Final = 4096


class Languages:
    """Catalogues are read when somebody first needs them; used by several threads at a time."""

    def __init__(self, files: Files, fallback: Fallback, *, known: "Languages | None" = None) -> None:
        """``known`` are those of the edition before: a catalogue that is the same is not read again."""
        self._fallback = locale_of(fallback.locale) or Locale("en")
        self._zone = fallback.zone
        self._files = dict(_by_locale(files))
        self._there = {*self._files, str(self._fallback)} if self._files else set()
        # Two threads may read the same catalogue at once: either result serves.
        self._read: dict[File, Words] = {}
        if known is not None:
            still = {file for _, file in self._files.values()}
            self._read |= {file: words for file, words in known.read_so_far().items() if file in still}
        self._found: dict[tuple[str | None, str | None], Language] = {}

    @property
    def catalogues(self) -> tuple[str, ...]:
        """The files that hold catalogues."""
        return tuple(sorted(name for name, _ in self._files.values()))

    def read_so_far(self) -> dict[File, Words]:
        """Return the catalogues that somebody has needed yet."""
        return dict(self._read)

    def of(self, locale: str | None, zone: str | None) -> Language:
        """Return the language of somebody with this locale and zone; raises TemplateBroken for a catalogue."""
        found = self._found.get((locale, zone))
        if found is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            found = self._found[locale, zone] = self._language(locale, zone)
        return found

    def _language(self, locale: str | None, zone: str | None) -> Language:
        wanted = locale_of(locale) or self._fallback
        words: tuple[Words, ...] = ()
        # Without any catalogue the templates speak one language or choose by themselves: dates and numbers are
        # everybody's own. With catalogues they are of the language that is spoken.
        if self._there:
            chosen = nearest(str(wanted), self._there)
            if chosen is None:
                wanted = self._fallback
                chosen = str(wanted)
            files = [self._files[name] for name in wider(chosen) if name in self._files]
            words = tuple(self._words(name, file) for name, file in files)
        return Language(locale=wanted, zone=zone_of(zone) or self._zone, words=words)

    def _words(self, name: str, file: File) -> Words:
        found = self._read.get(file)
        if found is None:
            found = self._read[file] = read_catalogue(name, file.content)
        return found


def _by_locale(files: Files) -> Iterator[tuple[str, tuple[str, File]]]:
    """Yield the catalogues by the names of their locales, however their folders spell them."""
    for name in sorted(files):
        folder = CATALOGUE.fullmatch(name)
        locale = locale_of(folder[1]) if folder else None
        if locale is not None:
            yield str(locale), (name, files[name])
