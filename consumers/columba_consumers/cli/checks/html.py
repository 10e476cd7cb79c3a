"""HTML: whether what its templates are written for is installed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from columba_consumers.cli.checks.finding import Finding, note, problem

if TYPE_CHECKING:
    from columba_shared.settings import Settings

_FIX: Final = "pip install 'columba-consumers[html]'"


def check_html(settings: "Settings") -> Iterator[Finding]:
    """Yield what templates need that is not installed here."""
    from columba_consumers.rendering.folder import read
    from columba_consumers.rendering.html.library import library
    from columba_consumers.rendering.html.styles import has_styles

    files = read(settings.templates, known={}) if settings.templates.is_dir() else {}
    if library("mrml") is None and (written := [name for name in files if name.endswith(".mjml")]):
        yield problem("html", f"{min(written)} is MJML, and what compiles it is not installed", fix=_FIX)
    styled = [
        name
        for name, file in files.items()
        if name.endswith((".html", ".htm")) and has_styles(file.content.decode(errors="replace"))
    ]
    if library("css_inline") is None and styled:
        text = f"{min(styled)} has a <style>, and what puts that into the elements is not installed"
        yield note("html", text, fix=f"{_FIX}: many inboxes read no style sheet")
