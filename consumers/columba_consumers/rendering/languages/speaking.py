"""What a template's source says about the language it speaks."""

from typing import Final

from jinja2 import nodes

from columba_consumers.rendering.languages.formats import FORMATS
from columba_consumers.rendering.languages.phrases import PHRASES, TONGUES

_NAMES: Final = PHRASES | TONGUES
_LEADING: Final = (nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends)


def speaks(source: nodes.Template) -> bool:
    """Say whether a template, by itself, asks for translations, the language, or the spelling of dates or numbers."""
    return any(name.name in _NAMES for name in source.find_all(nodes.Name)) or any(
        used.name in FORMATS for used in source.find_all(nodes.Filter)
    )


def leads_on(source: nodes.Template) -> bool:
    """Say whether it uses others."""
    return next(source.find_all(_LEADING), None) is not None
