"""What is printed: tables for people, plain aligned text when piped, JSON lines for programs, progress on the side."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from columba_consumers.cli.words import plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

_WIDE: Final = 100
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
    from shutil import get_terminal_size

    return not on_terminal() or get_terminal_size().columns >= _WIDE


def print_json(value: object) -> None:
    """Print one value as one line of JSON: moments in UTC, ids in full."""
    click.echo(msgspec.json.encode(value).decode())


def show(*parts: "RenderableType") -> None:
    """Print tables and texts, as wide as the terminal is; unbounded and uncoloured when piped."""
    console = _console(error=False)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, flexible: str = "", right: Sequence[str] = ()
) -> "Table":
    """Return a table; ``flexible`` names the column that gives way when the terminal is narrow."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD if on_terminal() else None, show_edge=False, pad_edge=False, header_style="bold")
    for name in columns:
        gives = name == flexible
        made.add_column(
            name,
            justify="right" if name in right else "left",
            no_wrap=not gives,
            overflow="fold" if gives else "ellipsis",
            ratio=1 if gives and on_terminal() else None,
        )
    for row in rows:
        made.add_row(*(cell if _is_rich(cell) else plain(cell) for cell in row))
    return made


def text(words: object, style: str = "") -> "Text":
    """Return one line of data, made safe for a terminal."""
    from rich.text import Text

    return Text(plain(words), style=style)


def state(name: str) -> "Text":
    """Return a state's word in its colour."""
    return text(name.replace("_", " "), STYLES.get(name, "dim"))


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Lend a function that moves a bar on standard error; nothing shows when nobody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = _console(error=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        yield lambda steps: bar.advance(task, steps)


def note(words: str) -> None:
    """Say something on standard error that is not part of the output."""
    click.echo(words, err=True)


def _console(*, error: bool) -> "Console":
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else _UNBOUNDED
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


def _is_rich(cell: object) -> bool:
    return hasattr(cell, "__rich_console__")
