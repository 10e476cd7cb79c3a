"""Paths to facts within a context, as templates name them: ``customer.name``, ``items[].price``, ``rates{}.net``."""

import json
import re
from enum import Enum
from typing import Final, TypeAlias

_PLAIN: Final = re.compile(r"[^\W\d]\w*")
_STEP: Final = re.compile(r'\.?([^\W\d]\w*)|(\[\]|\{\})|\[(-?\d{1,6})\]|\[("(?:[^"\\]|\\.)*")\]')


class Every(Enum):
    """A step to all there are."""

    ITEM = "[]"
    """Each item of a list."""
    VALUE = "{}"
    """Each value of a mapping."""


Step: TypeAlias = str | int | Every
Path: TypeAlias = tuple[Step, ...]


def spelled(path: Path) -> str:
    """Return a path as it is written."""
    return "".join(_step(step) for step in path).removeprefix(".")


def parsed(text: str) -> Path:
    """Return the path that was written so; raises ValueError."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            break
        steps.append(_read(found))
        position = found.end()
    if not steps or position < len(text) or not isinstance(steps[0], str):
        raise ValueError(f"{text!r:.80} is no path to a fact, such as customer.name or items[].price")
    return tuple(steps)


def _step(step: Step) -> str:
    if isinstance(step, Every):
        return step.value
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.fullmatch(step) else f"[{json.dumps(step)}]"


def _read(found: re.Match[str]) -> Step:
    name, every, index, quoted = found.groups()
    if name is not None:
        return str(name)
    if every is not None:
        return Every(every)
    return str(json.loads(quoted)) if index is None else int(index)
