"""`columba templates`: whether they are in order, what there is to translate, and how far each language has come."""

from typing import TYPE_CHECKING

import click
from columba_shared.clock import utc_now

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.checking import command as check
from columba_consumers.cli.contracting import command as contract
from columba_consumers.cli.differing import command as diff
from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.opening import settings
from columba_consumers.cli.screen import note, print_json, show, table
from columba_consumers.cli.words import counted

if TYPE_CHECKING:
    from babel import Locale

    from columba_consumers.rendering.languages.bookshelf import Shelved


@click.group()
def command() -> None:
    """Check the templates, and keep their translations."""


command.add_command(check, "check")
command.add_command(contract, "contract")
command.add_command(diff, "diff")


@command.command()
@click.option("--locale", "locales", metavar="LOCALE", multiple=True, help="Begin a catalogue for it: de, pt_BR.")
@as_json
def extract(*, locales: tuple[str, ...], as_json: bool) -> None:
    """Collect the texts that templates have translated, and bring every catalogue up to date.

    Writes locale/messages.pot in the templates' folder, and locale/<locale>/LC_MESSAGES/messages.po for each language
    there is. Translations are kept; a text that changed a little keeps its old translation, marked as fuzzy, which
    nobody is told before somebody has looked at it and removed the mark. What is no longer said stays as a comment.
    """
    from columba_consumers.rendering.languages.bookshelf import extract

    folder = settings().templates
    if not folder.is_dir():
        raise Failure(f"COLUMBA_TEMPLATES: there is no folder {folder}")
    wanted = [_known(each) for each in locales]
    try:
        found = list(extract(folder, wanted, now=utc_now()))
    except OSError as error:
        raise Failure(f"COLUMBA_TEMPLATES: {error.filename or folder}: {error.strerror}") from error
    if as_json:
        for each in found:
            print_json(each)
        return
    columns = ("file", "texts", "translated", "to look at", "written")
    show(table(columns, [_row(each) for each in found], cut=("file",), right=columns[1:4]))
    if len(found) == 1:
        note(f"{counted(found[0].texts, 'text')}, and no language yet: begin one with --locale de")


def _known(name: str) -> "Locale":
    from columba_consumers.rendering.languages.locales import locale_of

    found = locale_of(name)
    if found is None or len(str(found)) < len(name.partition(".")[0]):
        raise BadUsage(f"--locale: {name!r} is no locale that is known, such as de, de_AT or pt_BR")
    return found


def _row(each: "Shelved") -> tuple[str, str, str, str, str]:
    said = (f"{each.translated:,}", f"{each.fuzzy:,}") if each.locale else ("", "")
    return each.file, f"{each.texts:,}", *said, "yes" if each.changed else "as it was"
