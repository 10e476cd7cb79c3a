"""Who does it, and why: the options of every command whose deeds are written down."""

import functools
import getpass
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from columba_shared.event import MAX_NAME_LENGTH

from columba_consumers.cli.failure import BadUsage

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.settings import Settings

Authorship = Callable[["Settings"], "Author"]
"""Returns who does it, once the settings are read."""


def author_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add --by and --why; the command gets them together as ``author``, to be called with the settings."""

    @functools.wraps(function)
    def gathered(*, by: str | None, why: str | None, **others: Any) -> None:  # noqa: ANN401 - the command's own options
        from columba_shared.log.types import MAX_TEXT

        if why is not None and len(why) > MAX_TEXT:
            raise BadUsage(f"--why: at most {MAX_TEXT} characters, not {len(why)}")
        function(author=functools.partial(author_of, by=by, why=why), **others)

    wrapped: Callable[..., None] = gathered
    wrapped = click.option("--by", metavar="NAME", help="Who you are. Default: COLUMBA_OPERATOR, or your login.")(
        wrapped
    )
    return click.option("--why", metavar="TEXT", help="Why; it is written down, and shown to whoever asks.")(wrapped)


def author_of(read: "Settings", *, by: str | None, why: str | None) -> "Author":
    """Return who it is; raises BadUsage for a name that cannot be kept, or when there is none."""
    from columba_shared.log.audit import Author

    name = (by or read.operator or _login()).strip()
    if not name or not name.isprintable() or len(name) > MAX_NAME_LENGTH:
        raise BadUsage(f"--by: must be 1 to {MAX_NAME_LENGTH} visible characters (or set COLUMBA_OPERATOR)")
    return Author(who=name, why=why)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
