"""`columba replay`: dead letters, and messages that found no queue, go again."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from columba_shared.state import State
from columba_shared.topology import UNROUTED, dead_queue

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.letters import letters_in
from columba_consumers.cli.opening import access_of, log_of, publisher_of, settings
from columba_consumers.cli.retry import retry
from columba_consumers.cli.retrying import Meant
from columba_consumers.cli.screen import note, print_json, progress
from columba_consumers.cli.selecting import Chosen
from columba_consumers.cli.words import counted

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.settings import Settings

    from columba_consumers.cli.revival import Revived


@click.command()
@click.option("--target", metavar="NAME", help="Only this target's; default: all of COLUMBA_TARGETS.")
@click.option("--reason", metavar="TEXT", help="Only dead letters whose reason contains this.")
@click.option("--limit", type=click.IntRange(min=1), help="How many at most, the oldest first.")
@click.option("--unrouted", is_flag=True, help="Instead: messages that found no queue when they were due.")
@author_options
@click.option("--dry-run", is_flag=True, help="Say what would go again, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_context
def command(
    ctx: click.Context,
    *,
    target: str | None,
    reason: str | None,
    author: Authorship,
    limit: int | None,
    unrouted: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Make dead letters go again, from the broker's queues.

    The log decides: what is dead goes again, what it does not know goes as if new, what was delivered or taken back
    meanwhile is dropped. Each leaves its queue only once its copy is confirmed. What cannot be read stays, and makes
    the exit status 1. Embedded, the log itself keeps what is dead: there this is `columba retry --status dead`.
    """
    read = settings()
    if unrouted and (target or reason):
        raise BadUsage("--unrouted takes neither --target nor --reason")
    if read.embedded:
        if unrouted:
            raise Failure("embedded, every message finds its queue: there is nothing unrouted")
        note("Embedded, the log itself keeps what is dead; this is `columba retry --status dead`.")
        meant = Meant(chosen=Chosen(states=(State.DEAD,), target=target), limit=limit, reason=reason)
        if not retry(read, meant, author, dry_run=dry_run, yes=yes, as_json=as_json):
            ctx.exit(1)
        return
    if not dry_run:
        what = "messages without a queue" if unrouted else "dead letters"
        require_consent(f"Make the {what} of {access_of(read)} go again?", given=yes)
    if unrouted:
        failed = _unrouted(read, limit=limit, dry_run=dry_run, as_json=as_json)
    else:
        targets = (target,) if target else read.targets
        who = author(read)
        failed = _dead_letters(read, targets, who, reason=reason, limit=limit, dry_run=dry_run, as_json=as_json)
    if failed:
        ctx.exit(1)


def _dead_letters(
    read: "Settings",
    targets: tuple[str, ...],
    author: "Author",
    *,
    reason: str | None,
    limit: int | None,
    dry_run: bool,
    as_json: bool,
) -> bool:
    from columba_consumers.cli.revival import Revival

    came_to: dict[str, Revived | None] = {}
    with log_of(read) as engine, publisher_of(read) as publisher:
        for name in targets:
            revival = Revival(engine=engine, publisher=publisher, target=name, author=author, dry_run=dry_run)
            with letters_in(dead_queue(name), access_of(read)) as letters:
                if letters is None:
                    came_to[name] = None
                    continue
                with progress(f"replaying {name}", total=letters.waiting) as advance:
                    came_to[name] = revival.replay(letters, reason=reason, limit=limit, advance=advance)
    if as_json:
        print_json({"dry_run": dry_run, "targets": came_to})
    else:
        for name, done in came_to.items():
            _tell(name, done, dry_run=dry_run)
    return any(done is None or done.malformed or done.problem for done in came_to.values())


def _tell(name: str, done: "Revived | None", *, dry_run: bool) -> None:
    if done is None:
        note(f"columba: there is no queue {dead_queue(name)}: run `columba topology apply`, or mend --target")
        return
    would = "would go" if dry_run else "went"
    click.echo(f"{name}: {counted(done.replayed + done.recorded, 'dead letter')} {would} again.")
    if done.recorded:
        note(f"  {done.recorded:,} of them the log does not know: they go as if new.")
    for state, number in sorted(done.dropped.items()):
        note(f"  {number:,} dropped: the log has them as {state.replace('_', ' ')}.")
    for reason, number in sorted(done.malformed.items()):
        note(f"  {number:,} cannot be read and stay: {reason}.")
    if done.left:
        note(f"  {done.left:,} left where they are.")
    if done.problem:
        note(f"columba: {done.problem}\nWhat was reopened and not published, the reconciler publishes.")


def _unrouted(read: "Settings", *, limit: int | None, dry_run: bool, as_json: bool) -> bool:
    from columba_consumers.cli.unrouted import restore

    with publisher_of(read) as publisher, progress("restoring") as advance:
        done = restore(access_of(read), publisher, limit=limit, dry_run=dry_run, advance=lambda: advance(1))
    if as_json:
        print_json({"dry_run": dry_run, **asdict(done)})
        return bool(done.unroutable or done.malformed)
    would = "would go" if dry_run else "went"
    where = "it belongs" if done.restored == 1 else "they belong"
    click.echo(f"{counted(done.restored, 'message')} {would} back to where {where}.")
    if done.unroutable:
        note(f"{done.unroutable:,} still find no queue and stay in {UNROUTED}: run `columba topology apply` first.")
    if done.malformed:
        note(f"{done.malformed:,} have no usable key or headers and stay in {UNROUTED}.")
    if done.left:
        note(f"{done.left:,} left where they are.")
    return bool(done.unroutable or done.malformed)
