"""MJML: compiled once for each edition; what is Jinja's in it stays where it is, to be rendered for each message."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from posixpath import normpath
from typing import Final

from columba_consumers.rendering.errors import TemplateBroken, describe
from columba_consumers.rendering.html.library import library
from columba_consumers.rendering.html.nesting import too_deep

_JINJA: Final = re.compile(r"\{%.*?(?:%\}|\Z)|\{\{.*?(?:\}\}|\Z)|\{#.*?(?:#\}|\Z)", re.DOTALL)
_PLACE: Final = re.compile(r"<!--jinja(\d+)here-->|jinja(\d+)here")
_MARKUP: Final = re.compile(r"<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)|jinja\d+here", re.DOTALL)
_INCLUDE: Final = re.compile(r"<mj-include\b([^<>]*+)>(?:\s*+</mj-include>)?")
_PATH: Final = re.compile(r"""\bpath\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")
_TYPED: Final = re.compile(r"\btype\s*=")
_LONGEST: Final = 2 * 1024 * 1024
_ELEMENT: Final = re.compile(r"<(/?)(mj-[a-z-]+)")
_STYLE: Final = re.compile(r"<style\b")
_TEXT_ONLY: Final = frozenset(("mj-title", "mj-preview", "mj-style", "mj-accordion-title", "mj-accordion-text"))
"""Elements whose content is text; elsewhere a comment keeps a place best."""

Source = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """HTML that is a Jinja template, and where its parts were written."""

    html: str
    files: frozenset[str]
    """The file and all that it includes."""
    lines: tuple[tuple[str, int] | None, ...]
    """For each line that has something of Jinja's the file and the line in which that was written."""

    def place(self, line: int, *, begun_before: bool) -> tuple[str, int] | None:
        """Return where a line was written: if nothing of Jinja's is on it, the tag before it, or the one after it."""
        here = min(line, len(self.lines)) - 1
        before, after = self.lines[here::-1], self.lines[here:]
        for lines in (before, after) if begun_before else (after, before):
            for place in lines:
                if place:
                    return place
        return None


@dataclass(slots=True)
class _Taken:
    """Jinja's tags, taken out of one or more files."""

    tags: list[tuple[str, str, int]] = field(default_factory=list)
    characters: int = 0

    def out_of(self, name: str, source: str) -> str:
        """Return the source with a mark in the place of each tag."""

        def mark(found: re.Match[str]) -> str:
            self.tags.append((found[0], name, source.count("\n", 0, found.start()) + 1))
            return f"jinja{len(self.tags) - 1}here"

        return "".join(_guarded(_JINJA.sub(mark, source)))


def compiled(name: str, source: Source) -> Compiled:
    """Return what the file ``name`` compiles to; ``source`` gives a file's text, None for one that is not there.

    Raises TemplateBroken, naming the file.
    """
    taken = _Taken()
    files: dict[str, str] = {}
    text = _gathered(name, source, taken, files, ())
    if too_deep(text):
        raise TemplateBroken(f"{name}: elements are nested too deep")
    mrml = library("mrml")
    if mrml is None:
        raise TemplateBroken(f"{name}: MJML needs a library: pip install 'columba-consumers[html]'")
    parsing = mrml.ParserOptions(include_loader=mrml.memory_loader(files))
    # No font of a stranger's server: who wants one names it with mj-font.
    rendering = mrml.RenderOptions(fonts={})
    # Whatever the library finds wrong is wrong with this file, or one that it includes.
    try:
        html = str(mrml.to_html(text, parsing, rendering).content)
    except Exception as error:
        raise TemplateBroken(f"{name}: {describe(error)}") from error
    return _restored(_STYLE.sub('<style data-css-inline="ignore"', html), taken, frozenset(files))


def _gathered(name: str, source: Source, taken: _Taken, files: dict[str, str], above: tuple[str, ...]) -> str:
    """Return a file with all that it includes; what would go on for ever is refused.

    The library takes style sheets and the like by itself, out of ``files``; other inclusions it knows in few places.
    """
    text = source(name)
    by = f"{above[-1]}: " if above else ""
    if text is None:
        raise TemplateBroken(f"{by}there is no file {name} in the templates' folder to include")
    if name in above:
        raise TemplateBroken(f"{by}{name} includes itself")
    taken.characters += len(text)
    if taken.characters > _LONGEST:
        raise TemplateBroken(f"{name}: more than {_LONGEST} characters with all that is included")
    marked = taken.out_of(name, text)
    files[name] = marked

    def include(found: re.Match[str]) -> str:
        named = _PATH.search(found[1])
        if named is None:
            return found[0]
        path = named[1] or named[2] or ""
        inner = _gathered(normpath(path), source, taken, files, (*above, name))
        files[path] = files[normpath(path)]
        return found[0] if _TYPED.search(found[0]) else inner

    return _INCLUDE.sub(include, marked)


def _guarded(marked: str) -> Iterator[str]:
    """Yield the source with every mark that stands between elements made a comment, which is moved nowhere."""
    within: list[str] = []
    end = 0
    for found in _MARKUP.finditer(marked):
        yield marked[end : found.start()]
        end = found.end()
        if found[0].startswith("jinja"):
            inside_text = bool(within) and within[-1] in _TEXT_ONLY
            yield found[0] if inside_text else f"<!--{found[0]}-->"
            continue
        yield found[0]
        element = _ELEMENT.match(found[0])
        if element and element[1]:
            within = within[:-1]
        elif element and not found[0].endswith("/>"):
            within = [*within, element[2]]
    yield marked[end:]


def _restored(html: str, taken: _Taken, files: frozenset[str]) -> Compiled:
    """Return the HTML with Jinja's tags, each with lines of its own, so that an error's line tells which one it was."""
    lines: list[tuple[str, int] | None] = [None]
    pieces: list[str] = []
    seen: set[int] = set()
    end = 0
    for found in _PLACE.finditer(html):
        number = int(found[1] or found[2])
        seen.add(number)
        tag, file, line = taken.tags[number]
        before = html[end : found.start()]
        # Space inside a tag is nothing to Jinja.
        opening, closing = (3 if tag[2] in "-+" else 2), (3 if tag[-3] in "-+" else 2)
        pieces += [before, tag[:opening], "\n", tag[opening:-closing], "\n", tag[-closing:]]
        lines.extend([None] * before.count("\n"))
        lines.extend((file, line + more) for more in range(tag.count("\n") + 1))
        lines.append(None)
        end = found.end()
    for number, (tag, file, line) in enumerate(taken.tags):
        if number not in seen:
            raise TemplateBroken(f"{file}:{line}: MJML has no place for {tag} there")
    return Compiled(html="".join([*pieces, html[end:]]), files=files, lines=tuple(lines))
