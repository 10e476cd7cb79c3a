"""What there is to translate: the texts of all templates, and catalogues brought up to date with them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import nodes
from jinja2.ext import extract_from_ast

from columba_consumers.rendering.languages.phrases import PHRASES

_HEADER: Final = "# The texts of the templates; `columba templates extract` keeps this up to date."
_Key = str | tuple[str, str]


def texts(sources: Iterable[tuple[str, nodes.Template]], *, now: datetime) -> Catalog:
    """Return all texts that the templates ask to have translated, by the files that they stand in."""
    found = Catalog(header_comment=_HEADER, project="templates", version="1", charset="utf-8", creation_date=now)
    for name, tree in sources:
        for line, function, strings in extract_from_ast(tree, tuple(sorted(PHRASES))):
            for key, context in _keys(function, (strings,) if isinstance(strings, str) else strings or ()):
                found.add(key, context=context, locations=[(name, line)])
    return found


def begun(template: Catalog, locale: Locale) -> bytes:
    """Return a new catalogue in which nothing is translated."""
    made = Catalog(
        locale=locale,
        header_comment=template.header_comment,
        project=template.project,
        version=template.version,
        charset="utf-8",
        creation_date=template.creation_date,
        revision_date=template.creation_date,
        fuzzy=False,
    )
    made.update(template)
    return written(made)


def renewed(content: bytes, template: Catalog, locale: Locale) -> bytes:
    """Return a catalogue with what the templates say now: what they no longer say is kept as a comment.

    A text that is like an old one gets its translation, marked as fuzzy: nobody is told it until somebody has looked.
    """
    known = read_po(BytesIO(content), locale=locale)
    known.update(template, update_creation_date=False)
    return written(known)


def counts(content: bytes) -> tuple[int, int, int]:
    """Return how many texts a catalogue has, how many translated, and how many translations await a look."""
    messages = [message for message in read_po(BytesIO(content)) if message.id]
    fuzzy = sum(message.fuzzy for message in messages)
    done = sum(not message.fuzzy and _said(message.string) for message in messages)
    return len(messages), done, fuzzy


def written(catalogue: Catalog) -> bytes:
    """Return the file; lines are not counted in it, so that a moved text changes nothing."""
    file = BytesIO()
    write_po(file, catalogue, include_lineno=False)
    return file.getvalue()


def _keys(function: str, strings: tuple[str | None, ...]) -> Iterator[tuple[_Key, str | None]]:
    """Yield the text and its context, unless they are known only when the template is rendered."""
    meant, rest = (strings[:1], strings[1:]) if function in {"pgettext", "npgettext"} else ((None,), strings)
    needed = rest[:2] if function in {"ngettext", "npgettext"} else rest[:1]
    given = [each for each in needed if each is not None]
    if len(given) < len(needed) or not given or not meant:
        return
    context = meant[0]
    if function in {"pgettext", "npgettext"} and context is None:
        return
    yield (given[0] if len(needed) == 1 else (given[0], given[1])), context


def _said(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if isinstance(string, str | None) else all(string)
