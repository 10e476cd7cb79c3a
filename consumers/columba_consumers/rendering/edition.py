"""One edition of the templates: all files as they were at one moment, never mixed with later ones."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jinja2 import TemplateSyntaxError, meta, nodes

from columba_consumers.rendering.errors import NothingToRenderWith, PartMissing, TemplateBroken, TemplateError
from columba_consumers.rendering.folder import Files
from columba_consumers.rendering.languages.fallback import Fallback
from columba_consumers.rendering.languages.languages import Languages
from columba_consumers.rendering.languages.speaking import speaks
from columba_consumers.rendering.meter import Meter
from columba_consumers.rendering.parts import MessageParts, Part
from columba_consumers.rendering.place import written
from columba_consumers.rendering.sandbox import Sandbox
from columba_consumers.rendering.settings import TemplateLimits
from columba_consumers.rendering.sources import Sources
from columba_consumers.rendering.template_set import TemplateSet, refuse

_VERSION: Final = 16
"""Digits of a version: enough to tell any two apart that ever were."""
_NOBODYS: Final = Fallback()
_MARKUP: Final = (".html", ".htm", ".mjml")


class Edition:
    """Compiles what is asked for, once; used by several threads at a time."""

    def __init__(
        self,
        files: Files,
        *,
        folder: Path,
        limits: TemplateLimits,
        fallback: Fallback = _NOBODYS,
        before: "Edition | None" = None,
    ) -> None:
        """``before`` is the edition that this one follows: what has not changed since is not read again."""
        self.files: Files = files
        self.languages: Languages = Languages(files, fallback, known=before.languages if before else None)
        self._folder = folder
        self._limits = limits
        self._sources = Sources(files)
        self._environment = Sandbox(self._sources, limits, Meter(limits))
        self._sets: dict[tuple[str, str], TemplateSet] = {}

    def set_for(self, kind: str, parts: MessageParts[Any]) -> TemplateSet:
        """Return the compiled templates; raises NothingToRenderWith, PartMissing or TemplateError."""
        found = self._sets.get((kind, parts.target))
        if found is None:
            # Two threads may compile the same set at once: either result serves.
            found = self._sets[kind, parts.target] = self._compiled(kind, parts)
        return found

    def sources(self) -> Iterator[tuple[str, nodes.Template]]:
        """Yield every template, parsed, by its name; raises TemplateBroken."""
        for name in sorted(self.files):
            tree = self.tree(name)
            if tree is not None:
                yield name, tree
            elif self._sources.is_for_sure(name):
                # Only now is it worth saying why.
                try:
                    self._environment.parse(self._sources.text(name), name)
                except TemplateSyntaxError as error:
                    refuse(error, name, self._environment)

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with each file that is meant to be a template, with its line: all, not only the first."""
        for name in sorted(self.files):
            if self._sources.is_for_sure(name):
                try:
                    self._compile(name)
                except TemplateError as error:
                    yield error.description

    def markup(self) -> Iterator[tuple[str, str]]:
        """Yield the files that may hold style sheets, as they were written."""
        for name in sorted(self.files):
            if name.endswith(_MARKUP):
                yield name, self.files[name].content.decode("utf-8-sig", errors="replace")

    def kinds(self, parts: MessageParts[Any]) -> list[str]:
        """Return the kinds of which some file says something on a target."""
        files = set(parts.files())
        return sorted({kind for kind, _, file in map(_split, self.files) if kind and file in files})

    def files_of(self, kind: str, parts: MessageParts[Any]) -> list[str]:
        """Return the templates that are rendered for a kind; raises TemplateBroken for two that say the same part."""
        return [name for _, name in self._there(kind, parts)]

    def leads_to(self, name: str) -> list[str | None]:
        """Return the files that a template includes, imports or extends; None stands for a name that is computed."""
        return [*self._sources.behind(name), *self._referenced(name)]

    @property
    def supplied(self) -> frozenset[str]:
        """The names that every template has from Jinja and from Columba."""
        return frozenset(self._environment.globals)

    def place(self, name: str, line: int) -> str:
        """Return ``file:line`` as somebody wrote it, of a line of a template's source."""
        return written(self._environment, name, line)

    def tree(self, name: str) -> nodes.Template | None:
        """Return the parsed file; None: there is none, or it is broken, or no template at all."""
        if name not in self.files:
            return None
        try:
            return self._environment.parse(self._sources.text(name), name)
        except (TemplateSyntaxError, TemplateBroken):
            return None

    def _compiled(self, kind: str, parts: MessageParts[Any]) -> TemplateSet:
        there = list(self._there(kind, parts))
        self._check(kind, parts, {part.field for part, _ in there})
        environment = self._environment
        environment.meter.start()
        # A template that cannot be compiled is refused as one that fails when it is rendered.
        try:
            templates = tuple((part, environment.get_template(name)) for part, name in there)
            reached = self._reached([name for _, name in there])
        except Exception as error:  # noqa: BLE001 -- becomes a TemplateError
            refuse(error, kind, environment)
        spoken = any(self._speaks(name) for name in reached)
        return TemplateSet(
            kind=kind,
            parts=parts,
            templates=templates,
            names=dict(environment.globals),
            meter=environment.meter,
            max_output=self._limits.output,
            version=self._version(reached.union(self.languages.catalogues) if spoken else reached),
            languages=self.languages if spoken else None,
            speaker=environment.speaker,
        )

    def _compile(self, name: str) -> None:
        """Compile one file; raises TemplateError."""
        try:
            self._environment.get_template(name)
        except Exception as error:  # noqa: BLE001 -- becomes a TemplateError
            refuse(error, name, self._environment)

    def _there(self, kind: str, parts: MessageParts[Any]) -> Iterator[tuple[Part, str]]:
        """Yield the parts that there is a file for, each with its file."""
        said: dict[str, str] = {}
        for part in parts.parts:
            for each in (part.file, part.source):
                name = f"{kind}/{each}"
                if each is None or name not in self.files:
                    continue
                if part.field in said:
                    raise TemplateBroken(f"{said[part.field]} and {name} both say the same part: keep one of them")
                said[part.field] = name
                yield part, name

    def _check(self, kind: str, parts: MessageParts[Any], found: set[str]) -> None:
        missing = " and ".join(parts.missing(found))
        folder = self._folder / kind
        if not found:
            raise NothingToRenderWith(
                f"nothing renders {kind} for {parts.target}: write {missing} in {folder}, or "
                f'@renderer("{kind}", target="{parts.target}") in the module of COLUMBA_APP'
            )
        if missing:
            raise PartMissing(f"{kind} has templates for {parts.target}, but {folder} lacks {missing}")

    def _reached(self, names: list[str]) -> set[str]:
        """Return the files and whatever they name; one that computes a name may mean any file, so all count."""
        seen: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen |= {name, *self._sources.behind(name)}
            for other in self._referenced(name):
                waiting.extend(self.files if other is None else (other,))
        return seen

    def _version(self, names: set[str]) -> str:
        digest = hashlib.sha256()
        for name in sorted(names):
            content = self.files[name].content if name in self.files else b""
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()[:_VERSION]

    def _referenced(self, name: str) -> list[str | None]:
        tree = self.tree(name)
        return [] if tree is None else list(meta.find_referenced_templates(tree))

    def _speaks(self, name: str) -> bool:
        tree = self.tree(name)
        return tree is not None and speaks(tree)


def _split(name: str) -> tuple[str, str, str]:
    """Return the kind's folder and the file in it; no folder: it lies elsewhere."""
    kind, slash, file = name.partition("/")
    return (kind, slash, file) if "/" not in file else ("", slash, file)
