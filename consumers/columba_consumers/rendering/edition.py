"""One edition of the templates: all files as they were at one moment, never mixed with later ones."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jinja2 import TemplateSyntaxError, meta, nodes

from columba_consumers.rendering.errors import NothingToRenderWith, PartMissing, TemplateBroken
from columba_consumers.rendering.folder import Files
from columba_consumers.rendering.languages.fallback import Fallback
from columba_consumers.rendering.languages.languages import Languages
from columba_consumers.rendering.languages.speaking import speaks
from columba_consumers.rendering.meter import Meter
from columba_consumers.rendering.parts import MessageParts, Part
from columba_consumers.rendering.sandbox import Sandbox
from columba_consumers.rendering.settings import TemplateLimits
from columba_consumers.rendering.sources import Sources
from columba_consumers.rendering.template_set import TemplateSet, refuse

_NOBODYS: Final = Fallback()


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
        self._files = files
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
        for name in sorted(self._files):
            tree = self._tree(name)
            if tree is not None:
                yield name, tree
            elif self._sources.is_for_sure(name):
                # Only now is it worth saying why.
                try:
                    self._environment.parse(self._sources.text(name), name)
                except TemplateSyntaxError as error:
                    refuse(error, name, self._environment)

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

    def _there(self, kind: str, parts: MessageParts[Any]) -> Iterator[tuple[Part, str]]:
        """Yield the parts that there is a file for, each with its file."""
        for part in parts.parts:
            found = [name for each in (part.file, part.source) if each and (name := f"{kind}/{each}") in self._files]
            if len(found) > 1:
                raise TemplateBroken(f"{' and '.join(found)} both say the same part: keep one of them")
            if found:
                yield part, found[0]

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
                waiting.extend(self._files if other is None else (other,))
        return seen

    def _version(self, names: set[str]) -> str:
        digest = hashlib.sha256()
        for name in sorted(names):
            content = self._files[name].content if name in self._files else b""
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def _referenced(self, name: str) -> list[str | None]:
        tree = self._tree(name)
        return [] if tree is None else list(meta.find_referenced_templates(tree))

    def _speaks(self, name: str) -> bool:
        tree = self._tree(name)
        return tree is not None and speaks(tree)

    def _tree(self, name: str) -> nodes.Template | None:
        """Return the parsed file; None: there is none, or only an unknown name could mean it and it is no template."""
        if name not in self._files:
            return None
        try:
            return self._environment.parse(self._sources.text(name), name)
        except (TemplateSyntaxError, TemplateBroken):
            return None
