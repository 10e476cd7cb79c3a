"""How a rendered message looks on a screen."""

from typing import TYPE_CHECKING

import click
import msgspec
from columba_shared.telemetry.lines import printable

from columba_consumers.cli.screen import note

if TYPE_CHECKING:
    from columba_consumers.cli.preview import Preview


def show_message(made: "Preview") -> None:
    """Print the message, and whether it would be sent at all."""
    _show_parts(made)
    if not made.relevant:
        note("\nThe app says that this is no longer relevant: it would expire instead of being sent.")


def _show_parts(made: "Preview") -> None:
    """Print the headers and every part; control characters show as what they are."""
    if made.message is not None:
        click.echo(msgspec.json.format(msgspec.json.encode(made.message), indent=2).decode())
        return
    for name, value in made.headers:
        click.echo(f"{click.style(printable(name), bold=True)}: {printable(value)}")
    for title, content in (("text", made.text), ("html", made.html)):
        if content is not None:
            click.echo()
            click.echo(click.style(f"--- {title} ---", dim=True))
            for line in content.splitlines():
                click.echo(printable(line.replace("\t", "    ")))
    for name in made.attachments:
        click.echo(f"\n{click.style('attachment', bold=True)}: {printable(name or 'without a name')}")
