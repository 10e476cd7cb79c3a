"""Jinja's filters, each bounded by the meter: what they make is counted, and the greedy ones are asked beforehand."""

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from jinja2 import Environment, pass_environment, pass_eval_context
from jinja2.exceptions import SecurityError
from jinja2.filters import do_join, do_sum, make_attrgetter
from jinja2.nodes import EvalContext
from markupsafe import soft_str

from columba_consumers.rendering.growth import GROWING, result_of, size_of
from columba_consumers.rendering.meter import Meter

Filter = Callable[..., Any]

# Names that no template can write.
COUNT: Final = "count rounds"
"""The filter that loops take their items through."""
CHARGE: Final = "charge copy"
"""The filter that slices go through."""


def metered_filters(filters: Mapping[str, Filter], meter: Meter, *, largest_number: int) -> dict[str, Filter]:
    """Return the filters, metered; ``join`` and ``sum`` are replaced by ones that look at every item."""
    known = {**filters, "join": _join(meter), "sum": _sum(meter)}
    bounded = {name: _metered(name, code, meter, largest_number) for name, code in known.items()}
    return {**bounded, COUNT: meter.count, CHARGE: _metered(CHARGE, _same, meter, largest_number)}


def joinable(meter: Meter, items: Iterable[Any], *, separator: object) -> list[Any]:
    """Return the items as text, once the meter has taken all of it."""
    apart = size_of(separator)
    texts: list[Any] = []
    for item in meter.count(items):
        text = item if isinstance(item, bytes) else soft_str(item)
        meter.charge(len(text) + apart)
        texts.append(text)
    return texts


def _metered(name: str, code: Filter, meter: Meter, largest_number: int) -> Filter:
    # Jinja hands some filters a context first, and marks them so; wraps() keeps the mark.
    subject = 1 if hasattr(code, "jinja_pass_arg") else 0

    @functools.wraps(code)
    def run(*args: object, **kwargs: object) -> object:
        meter.step()
        if name in GROWING and len(args) > subject:
            given = (*args[subject + 1 :], *kwargs.values())
            meter.allow(result_of(name, args[subject], given, largest_number=largest_number))
        result = code(*args, **kwargs)
        meter.charge(size_of(result))
        return result

    return run


def _same(value: object) -> object:
    return value


def _join(meter: Meter) -> Filter:
    @pass_eval_context
    def join(eval_ctx: EvalContext, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
        items = value if attribute is None else map(make_attrgetter(eval_ctx.environment, attribute), value)
        joined: str = do_join(eval_ctx, joinable(meter, items, separator=d), d)
        return joined

    return join


def _sum(meter: Meter) -> Filter:
    @pass_environment
    def add_up(
        environment: Environment, iterable: Iterable[Any], attribute: str | int | None = None, start: float = 0
    ) -> object:
        if hasattr(start, "__len__"):
            raise SecurityError("sum adds numbers only")
        return do_sum(environment, meter.count(iterable), attribute, start)

    return add_up
