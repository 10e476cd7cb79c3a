"""The text of a mail that was written as HTML alone: what somebody reads who reads no HTML, or hears it read."""

import re
from collections.abc import Callable
from typing import Final

from columba_consumers.rendering.html.elements import Element, tree
from columba_consumers.rendering.html.lines import Lines

_LONGEST_HTML: Final = 1024 * 1024
_LONGEST_TEXT: Final = 256 * 1024
_WIDE: Final = 78

_HIDDEN: Final = re.compile(r"display\s*:\s*none|(?<![-\w])hidden(?![-\w:])", re.IGNORECASE)
_UNSAID: Final = frozenset(("head", "script", "style", "template", "title", "textarea", "svg", "object", "select"))
_APART: Final = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "figure"))
_BLOCKS: Final = frozenset(
    (
        *("address", "article", "aside", "body", "caption", "center", "dd", "div", "dt", "fieldset", "figcaption"),
        *("footer", "form", "header", "li", "main", "nav", "section", "tbody", "td", "tfoot", "th", "thead", "tr"),
    )
)


def plain(html: str) -> str:
    """Return the text, ending in a line break: links with their addresses, lists and tables as such, images by words.

    However long the HTML is, what is read of it and what is made of it has a bound.
    """
    written = Lines()
    _flow(tree(html[:_LONGEST_HTML]), written)
    text = "\n".join(written.all())
    return (text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…") + "\n"


def _flow(element: Element, written: Lines) -> None:
    for child in element.children:
        if isinstance(child, str):
            written.write(child)
        elif child.name not in _UNSAID and not (child.written and _HIDDEN.search(child.written)):
            _OWN.get(child.name, _other)(child, written)


def _other(element: Element, written: Lines) -> None:
    apart = element.name in _APART
    block = apart or element.name in _BLOCKS
    if block:
        written.end(blank=apart)
    _flow(element, written)
    if block:
        written.end(blank=apart)


def _break(element: Element, written: Lines) -> None:
    del element
    written.end()


def _rule(element: Element, written: Lines) -> None:
    del element
    written.end(blank=True)
    written.block(["-" * 20])
    written.end(blank=True)


def _image(element: Element, written: Lines) -> None:
    written.write(element.attributes().get("alt", ""))


def _link(element: Element, written: Lines) -> None:
    inner = _lines(element)
    address = "".join(element.attributes().get("href", "").split())
    shown = address.removeprefix("mailto:").removeprefix("tel:")
    said = " ".join(inner)
    if not shown or shown.startswith(("#", "javascript:")) or _same(said, shown):
        written.write(said)
    elif len(inner) > 1:
        written.block([*inner, f"<{shown}>"])
    else:
        written.write(f"{said} <{shown}>" if said else f"<{shown}>")


def _same(said: str, address: str) -> bool:
    bare = address.removeprefix("https://").removeprefix("http://").rstrip("/")
    return said.removeprefix("https://").removeprefix("http://").rstrip("/") == bare


def _list(element: Element, written: Lines) -> None:
    items = [_lines(child) for child in element.children if isinstance(child, Element) and child.name == "li"]
    written.end(blank=True)
    for number, lines in enumerate(filter(None, items), start=1):
        mark = f"{number}. " if element.name == "ol" else "* "
        written.block(lines, first=mark, other=" " * len(mark))
    written.end(blank=True)


def _quote(element: Element, written: Lines) -> None:
    written.end(blank=True)
    written.block(_lines(element), first="> ", other="> ")
    written.end(blank=True)


def _verbatim(element: Element, written: Lines) -> None:
    written.end(blank=True)
    written.block(_text(element).strip("\r\n").splitlines())
    written.end(blank=True)


def _table(element: Element, written: Lines) -> None:
    """Write a table of short cells row by row; one that only arranges things says them one after the other."""
    # Each cell is read once: tables in tables in tables are how mails are laid out.
    cells = [[_lines(cell) for cell in row] for row in _rows(element)]
    if not any(len(row) > 1 for row in cells) or any(len(lines) > 1 for row in cells for lines in row):
        for lines in (lines for row in cells for lines in row):
            written.end(blank=len(lines) > 1)
            written.block(lines)
            written.end(blank=len(lines) > 1)
        return
    texts = [[" ".join(lines) for lines in row] for row in cells]
    widths = [
        max((len(row[column]) for row in texts if column < len(row)), default=0)
        for column in range(max(map(len, texts)))
    ]
    fits = sum(widths) + 2 * (len(widths) - 1) <= _WIDE
    written.end(blank=True)
    for row in texts:
        if any(row):
            written.block([_in_columns(row, widths) if fits else " | ".join(filter(None, row))])
    written.end(blank=True)


def _in_columns(row: list[str], widths: list[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=False))


def _rows(element: Element) -> list[list[Element]]:
    found: list[list[Element]] = []
    for child in element.children:
        if not isinstance(child, Element):
            continue
        if child.name in {"thead", "tbody", "tfoot"}:
            found += _rows(child)
        elif child.name == "tr":
            cells = (each for each in child.children if isinstance(each, Element))
            found.append([each for each in cells if each.name in {"td", "th"}])
    return found


def _lines(element: Element) -> list[str]:
    written = Lines()
    _flow(element, written)
    return written.all()


def _text(element: Element) -> str:
    return "".join(child if isinstance(child, str) else _text(child) for child in element.children)


_OWN: Final[dict[str, Callable[[Element, Lines], None]]] = {
    "a": _link,
    "blockquote": _quote,
    "br": _break,
    "hr": _rule,
    "img": _image,
    "ol": _list,
    "pre": _verbatim,
    "table": _table,
    "ul": _list,
}
