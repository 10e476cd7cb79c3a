"""The options of a run that ends by itself, and what it tells at its end."""

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from columba_consumers.cli.arguments import as_json, duration
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.screen import note, print_json
from columba_consumers.cli.words import counted

LATER: Final = 75
"""The status by which programs say since sendmail's days that nothing is wrong, and that it has to be tried again."""

if TYPE_CHECKING:
    from columba_consumers.delivery.quota import Quota
    from columba_consumers.process.one_pass import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What the options say."""

    once: bool
    max_sent: int | None
    max_failed: int | None
    pause: timedelta | None
    as_json: bool

    @property
    def quota(self) -> "Quota":
        """The quota of this run."""
        from columba_consumers.delivery.quota import Quota

        return Quota(sent=self.max_sent, failed=self.max_failed)


def once_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add --once, --max-sent, --max-failed, --pause and --json; the command gets them together as ``once``."""

    @functools.wraps(function)
    def gathered(
        *,
        once: bool,
        max_sent: int | None,
        max_failed: int | None,
        pause: timedelta | None,
        as_json: bool,
        **others: Any,  # noqa: ANN401 - the command's own options
    ) -> None:
        for option, value in (("--max-sent", max_sent), ("--max-failed", max_failed), ("--json", as_json)):
            if value and not once:
                raise BadUsage(f"{option} goes with --once")
        options = Once(once=once, max_sent=max_sent, max_failed=max_failed, pause=pause, as_json=as_json)
        function(once=options, **others)

    wrapped: Callable[..., None] = gathered
    for option in (
        as_json,
        click.option(
            "--pause", type=duration, metavar="TIME", help="Rest so long between two deliveries of a target: 0.5s, 2s."
        ),
        click.option("--max-failed", type=click.IntRange(min=1), help="With --once: end after so many failures."),
        click.option("--max-sent", type=click.IntRange(min=1), help="With --once: send so many at most."),
        click.option("--once", is_flag=True, help="Deliver what there is to deliver now, say what it was, and end."),
    ):
        wrapped = option(wrapped)
    return wrapped


def tell(tally: "Tally", *, as_json: bool) -> int:
    """Print what a run came to; return the exit status."""
    if as_json:
        print_json(asdict(tally))
    else:
        _tell_people(tally)
    if tally.down or tally.silent or tally.too_many_failed or tally.failed > tally.retrying:
        return 1
    return LATER if tally.retrying or tally.stopped else 0


def _tell_people(tally: "Tally") -> None:
    click.echo(f"{counted(tally.sent, 'delivery', 'deliveries')} sent, {tally.failed:,} failed.")
    if tally.retrying:
        note(f"{tally.retrying:,} of these are tried again by a later run.")
    if tally.others:
        note(f"{tally.others:,} ended otherwise, or come again later.")
    for target in tally.down:
        note(f"{target} is down: what waits there is left for another run.")
    for each in tally.silent:
        note(f"{each.destination} of {each.target} is down: what waits for it is left for another run.")
    for target in tally.paused:
        note(f"{target} is paused: what waits there is left.")
    if tally.too_many_failed:
        note("That was as many failures as --max-failed allows: the rest is left.")
    if tally.stopped:
        note("It was stopped before it was through: the rest is left.")
