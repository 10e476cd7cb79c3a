"""`columba retry`: dead deliveries go again, from what the log has of them."""

import click

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.recall import Recall, recall_options
from columba_consumers.cli.recalling import foretold, listed, recalled
from columba_consumers.cli.recounting import agree, show_unfinished, tell


@click.command()
@recall_options
@author_options
@as_json
@click.pass_context
def command(ctx: click.Context, *, recall: Recall, author: Authorship, as_json: bool) -> None:
    """Make dead deliveries go again: those with these ids (or of these events), or those that the options select.

    Their attempts are counted anew; those that were made stay on record. What is not dead is left alone, and so is what
    was delivered meanwhile, is not wanted, or has expired; those in doubt go again with --status in_doubt only, since
    the provider may have them. Doing it twice retries nothing twice.

    More than a few go a few at a time: while their outcomes are watched, 40 at most are on their way, and when more
    than --stop-at of the latest fail again, nothing more goes. --resume goes on, from wherever it stopped.
    """
    from columba_shared.log.audit import Deed

    if not recall.anything:
        raise BadUsage("say which: ids, or options such as --status dead or --kind invoice.ready")
    read = settings()
    with log_of(read) as engine:
        if recall.unfinished:
            show_unfinished(listed(engine), as_json=as_json)
            return
        if recall.dry_run:
            done = foretold(engine, recall)
        else:
            who = author(read)
            if not (recall.yes or recall.ids or recall.resume):
                agree(foretold(engine, recall))
            done = recalled(read, engine, recall, who, Deed.RETRIED)
    tell(done, embedded=read.embedded, as_json=as_json)
    if done.problem is not None or (recall.ids and not done.selected):
        ctx.exit(1)
