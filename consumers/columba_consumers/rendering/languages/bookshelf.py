"""The catalogues in the templates' folder, written: each at once or not at all, and only if something changes."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.folder import read
from columba_consumers.rendering.languages.catalogue import CATALOGUE, FILE, FOLDER, read_catalogue
from columba_consumers.rendering.languages.extraction import begun, counts, renewed, texts, written
from columba_consumers.rendering.languages.locales import locale_of
from columba_consumers.rendering.settings import TemplateLimits

TEMPLATE: Final = f"{FOLDER}/messages.pot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """One file as it is now."""

    file: str
    locale: str | None
    """None: the list of all texts."""
    texts: int
    translated: int
    fuzzy: int
    changed: bool


def extract(folder: Path, locales: Sequence[Locale], *, now: datetime) -> Iterator[Shelved]:
    """Write what there is to translate, bring every catalogue up to date, begin those of ``locales`` that lack.

    Raises TemplateError, before anything is written, for a template or a catalogue that is broken, and OSError.
    """
    files = read(folder, known={})
    template = texts(Edition(files, folder=folder, limits=TemplateLimits()).sources(), now=now)
    shelf = {}
    for name, locale in sorted(_catalogues(files)):
        read_catalogue(name, files[name].content)
        shelf[name] = (locale, renewed(files[name].content, template, locale))
    there = {str(locale) for locale, _ in shelf.values()}
    for locale in locales:
        if str(locale) not in there:
            shelf[f"{FOLDER}/{locale}/{FILE}"] = (locale, begun(template, locale))
    before = {name: files[name].content if name in files else b"" for name in (TEMPLATE, *shelf)}
    yield _shelved(folder, TEMPLATE, None, before[TEMPLATE], _dated(before[TEMPLATE], template))
    for name, (locale, content) in shelf.items():
        yield _shelved(folder, name, str(locale), before[name], content)


def _catalogues(files: Iterable[str]) -> Iterator[tuple[str, Locale]]:
    for name in files:
        folder = CATALOGUE.fullmatch(name)
        locale = locale_of(folder[1]) if folder else None
        if locale is not None:
            yield name, locale


def _dated(known: bytes, template: Catalog) -> bytes:
    """Return the list of texts; one that says the same as before keeps its date."""
    content = written(template)
    if not known:
        return content
    template.creation_date = read_po(BytesIO(known)).creation_date
    return known if written(template) == known else content


def _shelved(folder: Path, name: str, locale: str | None, before: bytes, content: bytes) -> Shelved:
    if content != before:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Templates are read while this runs; a name that begins with a dot is none of them.
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_bytes(content)
        beside.replace(path)
    number, translated, fuzzy = counts(content)
    return Shelved(
        file=name, locale=locale, texts=number, translated=translated, fuzzy=fuzzy, changed=content != before
    )
