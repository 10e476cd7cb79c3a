"""In whose language it is said: whether the default locale is one, and every catalogue can be read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from columba_consumers.cli.checks.finding import Finding, ok, problem
from columba_consumers.cli.words import counted

if TYPE_CHECKING:
    from columba_shared.settings import Settings


def check_languages(settings: "Settings") -> Iterator[Finding]:
    """Yield how the languages stand; nothing where the templates speak one alone."""
    from columba_consumers.rendering.errors import TemplateBroken
    from columba_consumers.rendering.folder import read
    from columba_consumers.rendering.languages.catalogue import CATALOGUE, read_catalogue
    from columba_consumers.rendering.languages.locales import locale_of

    if locale_of(settings.locale) is None:
        text = f"COLUMBA_LOCALE: {settings.locale} is no locale that is known: en is taken"
        yield problem("languages", text, fix="set it to one such as en, de or de_AT")
    files = read(settings.templates, known={}) if settings.templates.is_dir() else {}
    catalogues = [name for name in sorted(files) if CATALOGUE.fullmatch(name)]
    broken = 0
    for name in catalogues:
        folder = name.split("/")[1]
        if locale_of(folder) is None:
            text = f"{name}: {folder} is no locale that is known, so nobody is ever told this"
            yield problem("languages", text, fix=f"rename {settings.templates}/locale/{folder}")
            continue
        try:
            read_catalogue(name, files[name].content)
        except TemplateBroken as error:
            broken += 1
            yield problem("languages", error.description, fix=f"mend {settings.templates}/{name}")
    if catalogues and not broken:
        yield ok("languages", f"{counted(len(catalogues), 'catalogue')}, every one of which can be read")
