"""`columba templates check`: whether every template is in order, and which facts each kind needs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.inspecting import Inspected, inspected
from columba_consumers.cli.listing import SHORT
from columba_consumers.cli.opening import settings
from columba_consumers.cli.screen import note, print_json, show, show_hanging, text
from columba_consumers.cli.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from columba_consumers.rendering.inspection import Wording
    from columba_consumers.rendering.needs.needs import Need

_MOST_NAMED: Final = 10
_WIDEST: Final = 36
"""Columns of a fact's name; a longer one moves what follows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How a contract that somebody keeps compares with the templates."""

    file: str
    differences: tuple[str, ...]
    reworded: tuple[str, ...]
    """Kinds that say something else since, and need the same."""


@click.command()
@click.option(
    "--contract",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Check as well whether this contract is still right.",
)
@as_json
@click.pass_context
def command(ctx: click.Context, *, file: Path | None, as_json: bool) -> None:
    """Check every template without rendering any, and tell which facts each kind needs; exit 1 if anything is wrong.

    A fact is needed always, or at times: in a branch, or with a default. What recipients, loaders and Columba itself
    bring along is left out. A file that no kind would ever use is told, too: as wrong where its name or its folder is
    plainly misspelt. Reads the templates, what they include, all catalogues, MJML and style sheets; touches neither the
    log nor the broker.
    """
    looked = inspected(settings())
    kept = None if file is None else _kept(file, looked)
    healthy = not looked.found.problems and (kept is None or not kept.differences)
    if as_json:
        print_json({"healthy": healthy, **_document(looked), "contract": kept})
    else:
        _show(looked)
        if kept is not None:
            _show_contract(kept)
    if not healthy:
        ctx.exit(1)


def _kept(file: Path, looked: Inspected) -> Kept:
    from columba_shared.contract.contract import read_contract

    from columba_consumers.rendering.contract import contract_of, differences, reworded

    old, new = read_contract(file, setting="--contract"), contract_of(looked.found, looked.app, looked.targets)
    return Kept(file=str(file), differences=tuple(differences(old, new)), reworded=tuple(reworded(old, new)))


def _show_contract(kept: Kept) -> None:
    for each in kept.differences:
        show_hanging(f"{kept.file}: ", each)
    if kept.differences:
        note("Make it anew: columba templates contract > " + kept.file)
    else:
        number = len(kept.reworded)
        said = f"; it was made before {counted(number, 'kind')} said something else" if number else ""
        click.echo(f"{kept.file} is still right{said}.")


def _document(looked: Inspected) -> dict[str, Any]:
    return {
        "kinds": [_kind(each) for each in looked.found.wordings],
        "renderers": [
            {"pattern": each.pattern, "target": each.target, "function": each.name}
            for each in looked.app.renderers.values()
        ],
        "problems": looked.found.problems,
        "unused": looked.found.unused,
    }


def _kind(wording: "Wording") -> dict[str, Any]:
    needs = [
        {"name": each.name, "always": each.always, "loaded": each.is_about, "places": each.places}
        for each in wording.needs.needs
    ]
    return {
        "kind": wording.kind,
        "target": wording.target,
        "version": wording.version,
        "renderer": wording.renderer,
        "needs": needs,
        "unknown_from": wording.needs.blind,
    }


def _show(looked: Inspected) -> None:
    said = {each.renderer for each in looked.found.wordings}
    for wording in looked.found.wordings:
        _show_kind(wording)
    for each in looked.app.renderers.values():
        if each.name not in said:
            click.echo(f"{click.style(each.pattern, bold=True)} by {each.target}: said by {each.name}")
    click.echo()
    if looked.found.unused:
        note(f"Nothing uses {_few(looked.found.unused)}.")
    for problem in looked.found.problems:
        show(text(problem, "bold red"))
    if looked.found.problems:
        click.echo(f"{counted(len(looked.found.problems), 'problem')}.")
        return
    kinds = counted(len({each.kind for each in looked.found.wordings}), "kind")
    catalogues = looked.found.catalogues
    click.echo(f"All is well: {kinds}" + (f", {counted(catalogues, 'catalogue')}." if catalogues else "."))


def _few(files: "Sequence[str]") -> str:
    more = len(files) - _MOST_NAMED
    return ", ".join(files[:_MOST_NAMED]) + (f" and {counted(more, 'other file')}" if more > 0 else "")


def _show_kind(wording: "Wording") -> None:
    by = f": said by {wording.renderer}, which may use" if wording.renderer else ""
    version = click.style(f" (templates {wording.version[:SHORT]})", dim=True)
    click.echo(f"{click.style(wording.kind, bold=True)} by {wording.target}{version}{by}")
    lines = [_line(wording.kind, each) for each in wording.needs.needs]
    lines += [("?", "unknown", f"whatever is named at {place}") for place in wording.needs.blind]
    width = min(_WIDEST, max((len(name) for name, _, _ in lines), default=0))
    for name, word, where in lines or [("no facts", "", "")]:
        show_hanging(f"  {name:<{width}}  {word:<8}  ", where)


def _line(kind: str, need: "Need") -> tuple[str, str, str]:
    word = "loaded" if need.is_about else "always" if need.always else "at times"
    places = ", ".join(place.removeprefix(f"{kind}/") for place in need.places)
    return need.name, word, places
