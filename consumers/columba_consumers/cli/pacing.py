"""The options by which a replay goes slowly, looks how it fares, and stops."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from columba_consumers.cli.arguments import duration

if TYPE_CHECKING:
    from columba_shared.log.replays import Terms

_SHARE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")
_RATE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:\s*/\s*(s|m|h))?")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600}
_NEVER: Final = -1.0
_WHOLE: Final = 100.0
STOP_AT: Final = 0.1
_WAIT: Final = "10m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How a replay is to go, as far as it was said; ``stop_at`` is a share, below nought for never."""

    canary: int | None = None
    per_second: float | None = None
    stop_at: float | None = None
    patience: timedelta

    def on(self, terms: "Terms") -> "Terms":
        """Return these terms with what was said in their place."""
        from msgspec.structs import replace

        said = {"canary": self.canary, "per_second": self.per_second, "stop_at": self.stop_at}
        changed = replace(terms, **{name: value for name, value in said.items() if value is not None})
        return changed if self.stop_at != _NEVER else replace(changed, stop_at=None)


def rate(text: str) -> float:
    """Take `20/s`, `100/m` or `500/h`, a bare number for a second; return how many a second."""
    found = _RATE.fullmatch(text.strip().lower())
    number = float(found[1]) if found else 0.0
    if found is None or not number:
        raise click.BadParameter(f"{text!r} is no rate: write 20/s, 100/m or 500/h.")
    return number / _SECONDS[found[2] or "s"]


def share(text: str) -> float:
    """Take `10%`, or `never`; return the share, below nought for never."""
    if text.strip().lower() == "never":
        return _NEVER
    found = _SHARE.fullmatch(text.strip())
    percent = float(found[1]) if found else _WHOLE
    if percent >= _WHOLE:
        raise click.BadParameter(f"{text!r} is no share below 100%: write 10%, or never.")
    return percent / _WHOLE


def pacing_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add --canary, --rate, --stop-at and --wait; the command gets them together as ``pacing``."""

    @functools.wraps(function)
    def gathered(
        *,
        canary: int | None,
        per_second: float | None,
        stop_at: float | None,
        patience: timedelta,
        **others: Any,  # noqa: ANN401 - the command's own options
    ) -> None:
        pacing = Pacing(canary=canary, per_second=per_second, stop_at=stop_at, patience=patience)
        function(pacing=pacing, **others)

    wrapped: Callable[..., None] = gathered
    for option in (
        click.option(
            "--wait",
            "patience",
            type=duration,
            metavar="DURATION",
            default=_WAIT,
            show_default=True,
            help="Stop when nothing is heard for so long of what went.",
        ),
        click.option(
            "--stop-at",
            type=share,
            metavar="SHARE",
            help=f"Stop when more of the latest outcomes are failures, or never. Default: {STOP_AT:.0%}.",
        ),
        click.option(
            "--rate", "per_second", type=rate, metavar="RATE", help="No faster than this: 20/s, 100/m, 500/h."
        ),
        click.option(
            "--canary", type=click.IntRange(min=1), metavar="N", help="Let N go first, and see how they fare."
        ),
    ):
        wrapped = option(wrapped)
    return wrapped
