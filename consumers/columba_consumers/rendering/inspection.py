"""An inspection of the templates, without rendering: what each kind needs, who says it, and all that is wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from columba_consumers.app.app import App
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.errors import RenderError
from columba_consumers.rendering.html.sheets import faults as faults_of_sheets
from columba_consumers.rendering.languages.catalogue import CATALOGUE, read_catalogue
from columba_consumers.rendering.languages.locales import locale_of
from columba_consumers.rendering.needs.needs import Needs, needs_of
from columba_consumers.rendering.parts import MessageParts
from columba_consumers.rendering.strays import strays


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How the templates say one kind on one target."""

    kind: str
    target: str
    version: str
    """A hash of all that goes into it, as deliveries have it on record."""
    needs: Needs
    renderer: str | None
    """The app's function that is asked instead, and may use these templates; None: they are rendered as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Everything that was found."""

    wordings: tuple[Wording, ...]
    catalogues: int
    problems: tuple[str, ...]
    unused: tuple[str, ...]
    """Files that nothing uses, and that may lie there for another reason."""


def inspect(edition: Edition, targets: Sequence[MessageParts[Any]], app: App) -> Inspection:
    """Look at every kind on every target, every file and every catalogue."""
    faults = tuple(edition.faults())
    problems: dict[str, None] = dict.fromkeys((*faults, *_of_sheets(edition), *_of_catalogues(edition)))
    lying_about = list(strays(edition, targets, by_code=bool(app.renderers), broken=bool(faults)))
    problems |= dict.fromkeys(each.problem for each in lying_about if each.problem is not None)
    wordings = []
    for parts in targets:
        for kind in edition.kinds(parts):
            try:
                version = edition.set_for(kind, parts).version
                needs = needs_of(edition, kind, parts)
            except RenderError as error:
                problems[error.description] = None
                continue
            renderer = app.renderer_for(kind, parts.target)
            problems |= dict.fromkeys(needs.faults)
            wordings.append(
                Wording(
                    kind=kind,
                    target=parts.target,
                    version=version,
                    needs=needs,
                    renderer=None if renderer is None else renderer.name,
                )
            )
    return Inspection(
        wordings=tuple(sorted(wordings, key=lambda each: (each.kind, each.target))),
        catalogues=len(edition.languages.catalogues),
        problems=tuple(problems),
        unused=tuple(each.file for each in lying_about if each.problem is None),
    )


def _of_sheets(edition: Edition) -> Iterator[str]:
    for name, source in edition.markup():
        for line, why in faults_of_sheets(source):
            yield f"{name}:{line}: {why}"


def _of_catalogues(edition: Edition) -> Iterator[str]:
    for name in sorted(edition.files):
        folder = CATALOGUE.fullmatch(name)
        if folder is None:
            continue
        if locale_of(folder[1]) is None:
            yield f"{name}: {folder[1]} is no locale that is known, so nobody is ever told this"
            continue
        try:
            read_catalogue(name, edition.files[name].content)
        except RenderError as error:
            yield error.description
