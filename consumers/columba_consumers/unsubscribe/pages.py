"""The few pages that somebody sees who follows a link."""

from html import escape
from typing import Final

from starlette.responses import HTMLResponse

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 15vh auto; padding: 0 1.5rem }}
h1 {{ font-size: 1.5rem }}
button {{ font: inherit; padding: .6rem 1.4rem; border: 0; border-radius: .4rem; background: #1d4ed8; color: #fff;
  cursor: pointer }}
button:focus-visible {{ outline: 3px solid #93c5fd; outline-offset: 2px }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
{more}</main>
</body>
</html>
"""
_BUTTON: Final = """\
<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button type="submit">Unsubscribe</button>
</form>
"""


def question(category: str) -> HTMLResponse:
    """Ask whether somebody wants to leave."""
    text = f"You will get no more mail about <strong>{escape(category)}</strong>."
    return _page("Unsubscribe?", text, more=_BUTTON)


def done(category: str) -> HTMLResponse:
    """Say that it is done."""
    return _page("You are unsubscribed", f"You will get no more mail about <strong>{escape(category)}</strong>.")


def problem(status: int, title: str, text: str) -> HTMLResponse:
    """Say that nothing was done, and why."""
    return _page(title, escape(text), status=status)


def _page(title: str, text: str, *, more: str = "", status: int = 200) -> HTMLResponse:
    content = _PAGE.format(title=escape(title), text=text, more=more)
    return HTMLResponse(content, status_code=status, headers=_HEADERS)
