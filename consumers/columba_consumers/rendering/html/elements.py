"""HTML as a tree of elements, read leniently, in time that grows with its length alone, and never too deep."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Final

_DEEPEST: Final = 100
_MOST_ELEMENTS: Final = 50_000

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][^\s/>]*+)((?:[^>\"']|\"[^\"]*\"|'[^']*')*+)>")
_ATTRIBUTE: Final = re.compile(r"([^\s=\"'/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+)))?")
_EMPTY: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_RAW: Final = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "textarea", "title")}
_ENDS: Final = {
    "li": ({"li"}, {"ul", "ol"}),
    "tr": ({"tr", "td", "th"}, {"table"}),
    "td": ({"td", "th"}, {"table", "tr"}),
    "th": ({"td", "th"}, {"table", "tr"}),
    "p": ({"p"}, {"table", "td", "th", "div", "li", "blockquote"}),
}
"""What opening an element closes without saying so, and what it never reaches beyond."""


@dataclass(slots=True, kw_only=True, eq=False)
class Element:
    """One element; its children are elements and texts."""

    name: str
    written: str = ""
    children: list["Element | str"] = field(default_factory=list)

    def attributes(self) -> dict[str, str]:
        """Return its attributes, by lower-case names."""
        found = _ATTRIBUTE.finditer(self.written)
        return {each[1].lower(): unescape(each[2] or each[3] or each[4] or "") for each in found}


def tree(html: str) -> Element:
    """Return everything that could be read."""
    root = Element(name="")
    path = [root]
    elements = 0
    for closes, name, written, text in _tokens(html):
        if text:
            path[-1].children.append(unescape(text))
        elif closes:
            _close(path, name)
        elif name:
            elements += 1
            if elements > _MOST_ELEMENTS:
                break
            _open(path, Element(name=name, written=written))
    return root


def _open(path: list[Element], element: Element) -> None:
    ended, beyond = _ENDS.get(element.name, ((), ()))
    for depth in range(len(path) - 1, 0, -1):
        if path[depth].name in beyond:
            break
        if path[depth].name in ended:
            del path[depth:]
    path[-1].children.append(element)
    if element.name not in _EMPTY and len(path) < _DEEPEST:
        path.append(element)


def _close(path: list[Element], name: str) -> None:
    for depth in range(len(path) - 1, 0, -1):
        if path[depth].name == name:
            del path[depth:]
            return


def _tokens(html: str) -> Iterator[tuple[bool, str, str, str]]:
    """Yield (closes, name, attributes, "") for tags and ("", "", "", text) for texts; comments are left out."""
    position = 0
    while (begin := html.find("<", position)) >= 0:
        if begin > position:
            yield False, "", "", html[position:begin]
        tag = _TAG.match(html, begin)
        if tag is None:
            position = _beyond(html, begin)
            if html[begin + 1 : begin + 2] not in {"!", "?", "/"} and position == begin + 1:
                yield False, "", "", "<"
            continue
        position = tag.end()
        name = tag[2].lower()
        if name in _RAW and not tag[1]:
            end = _RAW[name].search(html, position)
            position = end.start() if end else len(html)
        yield bool(tag[1]), name, tag[3], ""
    yield False, "", "", html[position:]


def _beyond(html: str, begin: int) -> int:
    """Return where it goes on after something that is no tag: a comment, a declaration, a lone character."""
    if html.startswith("<!--", begin):
        end = html.find("-->", begin + 4)
        return end + 3 if end >= 0 else len(html)
    if html[begin + 1 : begin + 2] in {"!", "?", "/"} or html[begin + 1 : begin + 2].isalpha():
        end = html.find(">", begin)
        return end + 1 if end >= 0 else len(html)
    return begin + 1
