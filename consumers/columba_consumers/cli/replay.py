"""`columba replay`: dead letters, and messages that found no queue, go again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.recall import Recall, recall_options
from columba_consumers.cli.recalling import Recalled, foretold, listed, recalled
from columba_consumers.cli.recounting import agree, show_unfinished, tell
from columba_consumers.cli.selecting import Chosen
from columba_consumers.cli.targets import require_targets

if TYPE_CHECKING:
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

    from columba_consumers.cli.lettered import Lettered
    from columba_consumers.cli.reunion import Reunited


@click.command()
@recall_options
@click.option("--unrouted", is_flag=True, help="Instead: messages that found no queue when they were due.")
@author_options
@as_json
@click.pass_context
def command(ctx: click.Context, *, recall: Recall, unrouted: bool, author: Authorship, as_json: bool) -> None:
    """Make what is dead go again: all of it, or what the options select, from the log and the broker's dead letters.

    What only the broker knows is recorded first, unless it may have been purged. Then each delivery goes once, unless
    it was delivered meanwhile, is not wanted, has expired, or was replaced by something newer under its key; --dry-run
    counts them. Letters of what is on its way again leave their queue; those that cannot be read stay, and make the
    exit status 1.

    More than a few go a few at a time: while their outcomes are watched, 40 at most are on their way, and when more
    than --stop-at of the latest fail again, nothing more goes. --resume goes on, from wherever it stopped.
    """
    from columba_consumers.cli.unrouting import mend_unrouted

    read = settings()
    if unrouted:
        _check_alone(recall)
        if not mend_unrouted(read, limit=recall.limit, dry_run=recall.dry_run, yes=recall.yes, as_json=as_json):
            ctx.exit(1)
        return
    require_targets(read, recall.chosen.target)
    with log_of(read) as engine:
        if recall.unfinished:
            show_unfinished(listed(engine), as_json=as_json)
            return
        if not _replay(read, engine, recall, author, as_json=as_json):
            ctx.exit(1)


def _check_alone(recall: Recall) -> None:
    other = (recall.ids, recall.selection, recall.resume, recall.unfinished, recall.chosen != Chosen())
    if any(other):
        raise BadUsage("--unrouted goes with --limit, --dry-run and --yes, and with nothing that selects")


def _replay(read: "Settings", engine: "Engine", recall: Recall, author: Authorship, *, as_json: bool) -> bool:
    """Do it, or only say what would be done, and print what came of it; False when something did not work."""
    from columba_consumers.cli.lettered import tell_letters

    letters: dict[str, Lettered | None] = {}
    if recall.dry_run:
        done = _foretold(read, engine, recall, letters)
    else:
        done = _recalled(read, engine, recall, author, letters)
    tell(done, embedded=read.embedded, as_json=as_json, letters=letters)
    if not as_json:
        tell_letters(letters, dry_run=recall.dry_run)
    whole = all(found is not None and not found.malformed for found in letters.values())
    return whole and done.problem is None and (done.selected > 0 or not recall.ids)


def _foretold(read: "Settings", engine: "Engine", recall: Recall, letters: "dict[str, Lettered | None]") -> Recalled:
    if not _compares(read, recall):
        return foretold(engine, recall)
    from columba_consumers.cli.lettered import compared, unrecorded

    found = compared(read, engine, recall, changes=False)
    _add(letters, found)
    return foretold(engine, recall, beside=unrecorded(engine, recall, found))


def _recalled(
    read: "Settings", engine: "Engine", recall: Recall, author: Authorship, letters: "dict[str, Lettered | None]"
) -> Recalled:
    """Record what only the broker knows, replay from the log, and let go the letters that nobody needs any more."""
    from columba_shared.log.audit import Deed

    who = author(read)
    if not (recall.yes or recall.ids or recall.resume):
        agree(_foretold(read, engine, recall, {}))
    compares = _compares(read, recall)
    if compares and not recall.resume:
        _compare(read, engine, recall, letters)
    done = recalled(read, engine, recall, who, Deed.REPLAYED)
    if compares:
        _compare(read, engine, recall, letters)
    return done


def _compares(read: "Settings", recall: Recall) -> bool:
    """Say whether the dead letters are looked through: for what was named one by one that would take too long."""
    return not (read.embedded or recall.ids or recall.selection)


def _compare(read: "Settings", engine: "Engine", recall: Recall, letters: "dict[str, Lettered | None]") -> None:
    from columba_consumers.cli.lettered import compared

    _add(letters, compared(read, engine, recall, changes=True))


def _add(letters: "dict[str, Lettered | None]", found: "Mapping[str, Reunited | None]") -> None:
    from columba_consumers.cli.lettered import Lettered

    for target, each in found.items():
        if each is None:
            letters[target] = None
        else:
            counted = letters.get(target) or Lettered()
            counted.add(each)
            letters[target] = counted
