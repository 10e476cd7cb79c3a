"""Write docs/cli.md: `python -m columba_consumers.cli.document > docs/cli.md`."""

import sys
from collections.abc import Iterator
from typing import Final

import click

from columba_consumers.cli.program import COMMANDS, program
from columba_consumers.cli.shapes import PARTS, SHAPES

_HEAD: Final = """\
# The command line

`columba COMMAND --help` says the same about one command; this page is made from it. `python -m columba_consumers` is
the same command.

Exit status: 0 done, 1 something failed, 2 bad usage; 130 after Ctrl-C, 141 when whoever read the output has gone.
Output goes to standard output; errors, progress and questions to standard error. Colours and rules are for terminals
only; `NO_COLOR` switches colours off there too. Nothing is cut short when the output is piped.

With `--json` each line is one JSON object: `columba list`, `columba addresses list`, `columba topology show` and
`columba templates extract` print one line for each row, every other command prints one line. Times are ISO 8601 in UTC,
ids are complete, what is not known is `null`.

Ids may be cut to any beginning of 4 or more digits that only one id has. Durations are written `90s`, `10m`, `2h`,
`3d`, `1h30m`; times as ISO 8601 (`2026-11-21T10:00:00Z`).
"""

_PROMISE: Final = """
## What --json prints

Names are never renamed or removed without a major version; new ones may come.
"""


def markdown() -> str:
    """Return the page."""
    return _HEAD + "".join(_sections()) + "".join(_shapes())


def _sections() -> Iterator[str]:
    top = click.Context(program, info_name="columba")
    for title, commands in COMMANDS.items():
        yield f"\n## {title}\n"
        for name in commands:
            found = program.get_command(top, name)
            if found is None:
                raise LookupError(name)
            yield from _command(found, click.Context(found, info_name=name, parent=top))


def _shapes() -> Iterator[str]:
    yield _PROMISE
    for title, shapes in (("command", {f"`{name}`": names for name, names in SHAPES.items()}), ("part", PARTS)):
        yield f"\n| {title} | names |\n|---|---|\n"
        yield from (
            f"| {name} | {', '.join(f'`{each}`' for each in names.split())} |\n" for name, names in shapes.items()
        )


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"\n### {context.command_path}\n\n"
    yield f"```\n{command.get_usage(context).removeprefix('Usage: ')}\n```\n\n{_paragraphs(command.help or '')}\n"
    rows = list(_options(command, context))
    if rows:
        yield "\n| option | what it does |\n|---|---|\n" + "".join(rows)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _command(below, click.Context(below, info_name=name, parent=context))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.params:
        record = None if isinstance(parameter, click.Argument) else parameter.get_help_record(context)
        if record is not None:
            names, words = (part.replace("|", "\\|") for part in record)
            yield f"| `{names}` | {words} |\n"


def _paragraphs(text: str) -> str:
    """Undo the indentation and the marks that only click understands."""
    lines = [line.strip() for line in text.replace("\b\n", "").splitlines()]
    return "\n".join(lines).strip()


if __name__ == "__main__":
    sys.stdout.write(markdown())
