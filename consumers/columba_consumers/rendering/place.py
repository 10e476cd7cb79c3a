"""Where in a template an error happened."""

import traceback
from typing import Final

_TEMPLATE: Final = "__jinja_template__"


def place_of(error: BaseException, *, otherwise: str) -> str:
    """Return ``file:line`` of the innermost template that was at work when ``error`` was raised."""
    place = otherwise
    for frame, line in traceback.walk_tb(error.__traceback__):
        template = frame.f_globals.get(_TEMPLATE)
        if template is not None:
            place = f"{template.name}:{template.get_corresponding_lineno(line)}"
    return place
