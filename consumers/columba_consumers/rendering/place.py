"""Where in a template an error happened."""

import traceback
from typing import Final

from jinja2 import Environment

from columba_consumers.rendering.sources import Sources

_TEMPLATE: Final = "__jinja_template__"


def place_of(error: BaseException, *, otherwise: str) -> str:
    """Return ``file:line`` of the innermost template that was at work when ``error`` was raised."""
    place = otherwise
    for frame, line in traceback.walk_tb(error.__traceback__):
        template = frame.f_globals.get(_TEMPLATE)
        if template is not None:
            place = written(template.environment, str(template.name), template.get_corresponding_lineno(line))
    return place


def written(environment: Environment, name: str, line: int, *, begun_before: bool = False) -> str:
    """Return ``file:line`` as somebody wrote it, of a line of a template's source.

    With ``begun_before`` it is of something that had begun by then, such as what a parser did not expect the end of.
    """
    sources = environment.loader
    return sources.place(name, line, begun_before=begun_before) if isinstance(sources, Sources) else f"{name}:{line}"
