"""Styles in the elements themselves: many inboxes read no style sheet, and none that lies elsewhere."""

import re
from functools import cache
from typing import Any, Final

from columba_consumers.rendering.html.library import library
from columba_consumers.rendering.html.nesting import too_deep

_SHEET: Final = re.compile(r"<style\b([^>]*+)", re.IGNORECASE)
_LEFT: Final = re.compile(r'\bdata-css-inline="ignore"', re.IGNORECASE)
_LONGEST: Final = 2 * 1024 * 1024
"""Characters of HTML that are looked through: no inbox shows more than a fraction of it."""


def has_styles(html: str) -> bool:
    """Say whether there is a style sheet in it that has to go into the elements."""
    # Every mail is asked: a sheet has an end, and plain searches for it are the quickest.
    if not any(end in html for end in ("</style", "</STYLE", "</Style")):
        return False
    return any(_LEFT.search(found[1]) is None for found in _SHEET.finditer(html))


def inlined(html: str) -> str:
    """Return the HTML with its rules in the elements; media queries stay, and nothing is fetched from anywhere.

    What cannot be read stays as it is, and so does everything where the library is not installed.
    """
    inliner = _inliner()
    if inliner is None or len(html) > _LONGEST or too_deep(html):
        return html
    try:
        return str(inliner.inline(html))
    except ValueError:
        return html


@cache
def _inliner() -> Any:  # noqa: ANN401 -- of a library that may not be there
    css_inline = library("css_inline")
    return css_inline and css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
