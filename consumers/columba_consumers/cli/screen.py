"""What is printed: tables for people, plain aligned text when piped, JSON lines for programs, progress on the side."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from columba_consumers.cli.words import plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

_WIDE: Final = 100
_INDENT: Final = 10
_NARROWEST: Final = 20
_UNBOUNDED: Final = 10_000
"""Columns of a pipe: nothing is wrapped or cut there."""
STYLES: Final = {
    "sent": "green",
    "dead": "bold red",
    "in_doubt": "bold magenta",
    "retrying": "yellow",
    "scheduled": "cyan",
    "sending": "cyan",
    "held": "blue",
}
"""Colours of states; the others are dim, since nothing more will come of them."""


def on_terminal() -> bool:
    """Say whether a person is looking."""
    return sys.stdout.isatty()


def wide() -> bool:
    """Say whether there is room for what is merely nice to know."""
    return not on_terminal() or _columns() >= _WIDE


def print_json(value: object) -> None:
    """Print one value as one line of JSON: moments in UTC, ids in full."""
    click.echo(msgspec.json.encode(value).decode())


def show(*parts: "RenderableType") -> None:
    """Print tables and texts, as wide as the terminal is; unbounded and uncoloured when piped."""
    for line in _lines(*parts):
        click.echo(line)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    folds: str = "",
    cut: Sequence[str] = (),
    right: Sequence[str] = (),
) -> "Table":
    """Return a table. On a narrow terminal the columns in ``cut`` lose their ends and ``folds`` takes several lines."""
    from rich import box
    from rich.table import Table

    rule = box.SIMPLE_HEAD if on_terminal() else None
    gap = 1 if rule else 2
    made = Table(box=rule, show_edge=False, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for name in columns:
        made.add_column(
            name,
            justify="right" if name in right else "left",
            no_wrap=name != folds and name not in cut,
            overflow="fold" if name == folds else "ellipsis",
        )
    for row in rows:
        made.add_row(*(cell if _is_rich(cell) else plain(cell) for cell in row))
    return made


def show_annotated(rows: "Table", notes: Sequence[str]) -> None:
    """Print a table whose rows are one line each, and under each row its note, indented."""
    lines = _lines(rows)
    heading = len(lines) - len(notes)
    for line in lines[:heading]:
        click.echo(line)
    for line, words in zip(lines[heading:], notes, strict=True):
        click.echo(line)
        for each in wrap(plain(words), width=_columns() - _INDENT):
            click.echo(" " * _INDENT + click.style(each, dim=True))


def show_hanging(label: str, words: str) -> None:
    """Print words behind a label; on a terminal they go on below where they began."""
    room = max(_columns() - len(label), _NARROWEST)
    first, *others = wrap(plain(words), width=room, break_on_hyphens=False, break_long_words=False) or [""]
    click.echo((label + first).rstrip())
    for line in others:
        click.echo(" " * len(label) + line)


def text(words: object, style: str = "") -> "Text":
    """Return one line of data, made safe for a terminal."""
    from rich.text import Text

    return Text(plain(words), style=style)


def state(name: str) -> "Text":
    """Return a state's word in its colour."""
    return text(name.replace("_", " "), STYLES.get(name, "dim"))


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Lend a function that moves a bar on standard error, with rate and time left; nothing shows when nobody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from columba_consumers.cli.rate import Rate

    console = _console(error=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        yield lambda steps: bar.advance(task, steps)


@contextmanager
def commentary(total: int) -> Iterator[Callable[[int, str], None]]:
    """Lend a function that sets a bar on standard error, and what is said of it; nothing shows when nobody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = _console(error=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, words: bar.update(task, completed=done, description=plain(words))


def note(words: str) -> None:
    """Say something on standard error that is not part of the output; on a terminal no word is broken."""
    for line in words.split("\n"):
        lines = wrap(line, width=get_terminal_size().columns, break_on_hyphens=False) if sys.stderr.isatty() else [line]
        click.echo("\n".join(lines), err=True)


def _columns() -> int:
    return get_terminal_size().columns if on_terminal() else _UNBOUNDED


def _lines(*parts: "RenderableType") -> list[str]:
    console = _console(error=False)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return [line.rstrip() for line in captured.get().splitlines()]


def _console(*, error: bool) -> "Console":
    from rich.console import Console

    if error:
        return Console(file=sys.stderr, markup=False, highlight=False, emoji=False)
    return Console(file=sys.stdout, width=_columns(), markup=False, highlight=False, emoji=False)


def _is_rich(cell: object) -> bool:
    return hasattr(cell, "__rich_console__")
