"""`columba pause` and `columba resume`: a target's deliveries stop and go on."""

from collections.abc import Sequence

import click
from columba_shared.clock import utc_now

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import print_json
from columba_consumers.cli.targets import require_targets

_targets = click.argument("targets", nargs=-1, required=True, metavar="TARGET…")


@click.command()
@_targets
@author_options
@as_json
def pause(*, targets: tuple[str, ...], author: Authorship, as_json: bool) -> None:
    """Stop delivering to these targets until they are resumed, whatever is restarted meanwhile.

    Every consumer sees it within a second: it begins nothing new and finishes what it has begun. What is published
    waits, and spends no attempts.
    """
    from columba_shared.log import pauses

    read = settings()
    require_targets(read, *targets)
    with log_of(read) as engine, engine.begin() as connection:
        done = pauses.pause(connection, targets, author(read), now=utc_now())
    _tell(targets, done, "paused", as_json=as_json)


@click.command()
@_targets
@author_options
@as_json
def resume(*, targets: tuple[str, ...], author: Authorship, as_json: bool) -> None:
    """Deliver to these targets again: what has waited goes out, urgent lanes first."""
    from columba_shared.log import pauses

    read = settings()
    require_targets(read, *targets)
    with log_of(read) as engine, engine.begin() as connection:
        done = pauses.resume(connection, targets, author(read), now=utc_now())
    _tell(targets, done, "resumed", as_json=as_json)


def _tell(targets: Sequence[str], done: Sequence[str], what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({what: list(done), "already": [target for target in dict.fromkeys(targets) if target not in done]})
        return
    for target in dict.fromkeys(targets):
        already = "" if target in done else "was not paused" if what == "resumed" else "was paused already"
        click.echo(f"{target} {already or what}.")
