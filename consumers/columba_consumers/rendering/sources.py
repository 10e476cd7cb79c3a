"""The sources of an edition's templates: its files as they are, and MJML as what it compiles to."""

from typing import Final

from jinja2 import BaseLoader, Environment, TemplateNotFound

from columba_consumers.rendering.errors import TemplateBroken
from columba_consumers.rendering.folder import Files
from columba_consumers.rendering.html.mjml import Compiled, compiled

MJML: Final = ".mjml"
_TEMPLATES: Final = (".txt", ".html", ".htm", ".xml")


class Sources(BaseLoader):
    """Finds templates among the edition's files, and nowhere else: no name leads out of the folder."""

    def __init__(self, files: Files) -> None:
        self._files = files
        # Two threads may compile the same file at once: either result serves.
        self._compiled: dict[str, Compiled] = {}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:  # noqa: ARG002 -- Jinja's signature
        """Return a template's source; raises TemplateNotFound and TemplateBroken."""
        if template not in self._files:
            raise TemplateNotFound(template)
        return self.text(template), template, None

    def text(self, name: str) -> str:
        """Return the source of a file that there is; raises TemplateBroken."""
        return self._from_mjml(name).html if name.endswith(MJML) else self._decoded(name)

    def is_for_sure(self, name: str) -> bool:
        """Say whether a file means to be a template, whatever stands in it; some MJML is for inclusion only."""
        return name.endswith(_TEMPLATES) or (name.endswith(MJML) and b"<mjml" in self._files[name].content)

    def behind(self, name: str) -> frozenset[str]:
        """Return the files that went into a template when it was compiled; itself, if there is nothing to compile."""
        if not name.endswith(MJML) or name not in self._files:
            return frozenset((name,))
        # Whoever asks may know the file by chance only: one that is broken is told when it is used.
        try:
            return self._from_mjml(name).files & self._files.keys() | {name}
        except TemplateBroken:
            return frozenset((name,))

    def place(self, name: str, line: int, *, begun_before: bool) -> str:
        """Return ``file:line`` as somebody wrote it, for a line of a template's source."""
        found = self._compiled.get(name)
        if found is None:
            return f"{name}:{line}"
        place = found.place(line, begun_before=begun_before)
        return f"{place[0]}:{place[1]}" if place else name

    def _from_mjml(self, name: str) -> Compiled:
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = compiled(name, self._read)
        return found

    def _read(self, name: str) -> str | None:
        return self._decoded(name) if name in self._files else None

    def _decoded(self, name: str) -> str:
        content = self._files[name].content
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise TemplateBroken(f"{name}:{line}: not UTF-8") from error
