"""Telling what happens: `emit("delivery.sent", delivery=…, target=…)`, worded and levelled in one place.

Facts go to the logger `columba`, so that an app that publishes decides about them as about any other library's;
Columba's own processes call `configure`.
"""

import logging
import sys
from typing import Any, Final, Literal, TextIO

from columba_shared.telemetry.facts import FACTS, Fact
from columba_shared.telemetry.lines import ForOthers, JsonLines, TextLines

__all__ = ["FACTS", "Fact", "configure", "emit"]

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["text", "json"]

_logger: Final = logging.getLogger("columba")
_UNNAMED: Final = Fact(logging.WARNING, "a fact that nobody described")


def emit(name: str, /, *, error: BaseException | None = None, **values: Any) -> None:  # noqa: ANN401 - any fact's value
    """Tell a fact of `FACTS` with its values; costs next to nothing when its level is off.

    An error is told by its text; its traceback is added at level debug.
    """
    fact = FACTS.get(name, _UNNAMED)
    if not _logger.isEnabledFor(fact.level):
        return
    if error is not None:
        values["error"] = str(error) or type(error).__name__
    trace = error if error is not None and _logger.isEnabledFor(logging.DEBUG) else None
    extra = {"columba_fact": name, "columba_text": fact.wording, "columba_values": values}
    _logger.log(fact.level, ForOthers(fact.wording, values), extra=extra, exc_info=trace)


def configure(level: Level = "info", form: Format = "text", *, stream: TextIO | None = None) -> None:
    """Write this process's facts as lines to the stream (default: standard error), replacing what was set before.

    Addresses are masked unless the level is debug.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    mask = level != "debug"
    handler.setFormatter(JsonLines(mask=mask) if form == "json" else TextLines(mask=mask))
    _logger.handlers[:] = [handler]
    _logger.propagate = False
    _logger.setLevel(level.upper())
