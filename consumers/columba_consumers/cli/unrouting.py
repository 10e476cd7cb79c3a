"""`columba replay --unrouted`: messages that found no queue go back to where they belong."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from columba_shared.topology import UNROUTED

from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.failure import Failure
from columba_consumers.cli.opening import access_of, publisher_of
from columba_consumers.cli.screen import note, print_json, progress
from columba_consumers.cli.unrouted import Restored, restore
from columba_consumers.cli.words import counted

if TYPE_CHECKING:
    from columba_shared.settings import Settings


def mend_unrouted(read: "Settings", *, limit: int | None, dry_run: bool, yes: bool, as_json: bool) -> bool:
    """Bring them back, or only say what would go, and print what came of it; False when some had to stay."""
    if read.embedded:
        raise Failure("embedded, every message finds its queue: there is nothing unrouted")
    access = access_of(read)
    if not dry_run:
        require_consent(f"Make the messages without a queue of {access} go again?", given=yes)
    with publisher_of(read) as publisher, progress("restoring") as advance:
        done = restore(access, publisher, limit=limit, dry_run=dry_run, advance=lambda: advance(1))
    if as_json:
        print_json({"dry_run": dry_run, **asdict(done)})
    else:
        _tell(done, dry_run=dry_run)
    return not (done.unroutable or done.malformed)


def _tell(done: Restored, *, dry_run: bool) -> None:
    would = "would go" if dry_run else "went"
    where = "it belongs" if done.restored == 1 else "they belong"
    click.echo(f"{counted(done.restored, 'message')} {would} back to where {where}.")
    if done.unroutable:
        note(f"{done.unroutable:,} still find no queue and stay in {UNROUTED}: run `columba topology apply` first.")
    if done.malformed:
        note(f"{done.malformed:,} have no usable key or headers and stay in {UNROUTED}.")
    if done.left:
        note(f"{done.left:,} left where they are.")
