"""One catalogue: the translations in one ``messages.po``, read with all its faults told by file and line."""

import re
from collections.abc import Iterator
from gettext import c2py
from io import BytesIO
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from columba_consumers.rendering.errors import TemplateBroken, describe
from columba_consumers.rendering.growth import formatted
from columba_consumers.rendering.languages.words import Words

FILE: Final = "LC_MESSAGES/messages.po"
FOLDER: Final = "locale"
CATALOGUE: Final = re.compile(rf"{FOLDER}/([^/]+)/{FILE}")

_LINE: Final = re.compile(r'(#.*|((msgctxt|msgid|msgid_plural|msgstr(\[[0-9]+\])?)\s*)?"(?:[^"\\]|\\.)*")?')
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)")
_WIDEST: Final = 10_000


def read_catalogue(name: str, content: bytes) -> Words:
    """Return the translations in the file ``name``; what is not translated, or fuzzy, is left out.

    Raises TemplateBroken.
    """
    text = _decoded(name, content)
    for number, written in enumerate(text.split("\n"), start=1):
        if not _LINE.fullmatch(written.strip()):
            raise TemplateBroken(f"{name}:{number}: neither a comment nor a keyword and its text in quotes")
    # The parser, and the one for plural forms, raise what they like about what somebody wrote.
    try:
        catalogue = read_po(BytesIO(text.encode()), abort_invalid=True)
        return Words(texts=dict(_translated(name, catalogue)), form=c2py(catalogue.plural_expr))
    except TemplateBroken:
        raise
    except PoFileError as error:
        raise TemplateBroken(f"{name}:{error.lineno + 1}: {error}") from error
    except Exception as error:
        raise TemplateBroken(f"{name}: {describe(error)}") from error


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TemplateBroken(f"{name}:{line}: not UTF-8") from error


def _translated(name: str, catalogue: Catalog) -> Iterator[tuple[tuple[str | None, str], tuple[str, ...]]]:
    for message in catalogue:
        forms = _texts(message.string)
        if message.id and not message.fuzzy and any(forms):
            fault = _fault(_texts(message.id), forms)
            if fault:
                raise TemplateBroken(f"{name}:{message.lineno}: {fault}")
            yield (message.context, _texts(message.id)[0]), forms


def _fault(texts: tuple[str, ...], translations: tuple[str, ...]) -> str | None:
    """Return why translations could not take the place of what they translate; None: they can.

    Only texts with named placeholders are filled in: in all others a per cent sign is just that.
    """
    known = {placeholder for text in texts for placeholder in _PLACEHOLDER.findall(text)}
    for text in translations:
        strange = sorted(set(_PLACEHOLDER.findall(text)) - known)
        if strange:
            return f"the translation has %({strange[0]})s, which the text has not"
        if not known:
            continue
        if formatted(text, (), largest_number=_WIDEST) > len(text) + text.count("%") * _WIDEST:
            return "the translation makes a placeholder too wide"
        try:
            _ = text % dict.fromkeys(known, 0)
        except (TypeError, ValueError) as error:
            return f"the translation cannot be filled in ({error}): beside placeholders a per cent sign is written %%"
    return None


def _texts(written: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (written or "",) if isinstance(written, str | None) else tuple(written)
