"""`columba migrate`: the log's tables, created or brought up to date."""

import click
from columba_shared.redaction import redacted

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import print_json


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 unless the tables are up to date.")
@as_json
def command(*, check: bool, as_json: bool) -> None:
    """Create the log's tables, or bring them up to date.

    Safe to run again, and by several at once: they take turns.
    """
    from columba_shared.log.migration import migrate
    from columba_shared.log.revision import SchemaState, require_current, schema_state

    read = settings()
    with log_of(read, current=check) as engine:
        before = schema_state(engine)
        if not check:
            migrate(engine)
        else:
            require_current(engine)
        after = schema_state(engine)
    changed = before is not after
    if as_json:
        print_json({"database": redacted(read.database_url), "before": before, "state": after, "changed": changed})
        return
    done = {SchemaState.ABSENT: "have been created", SchemaState.BEHIND: "have been brought up to date"}.get(
        before, "were up to date"
    )
    click.echo(f"The log's tables at {redacted(read.database_url)} {'are up to date' if check else done}.")
