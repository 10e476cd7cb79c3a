"""`columba templates contract`: the file by which producers know what the templates need."""

import click

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.inspecting import inspected
from columba_consumers.cli.opening import settings
from columba_consumers.cli.words import counted


@click.command()
def command() -> None:
    """Print the contract: what the templates of each kind always need.

    Write it into a file that goes to whoever publishes, such as columba-contract.json, and name that in
    COLUMBA_CONTRACT there: an event that lacks something is refused as it is published. `columba templates check
    --contract FILE` says whether a file is still right.
    """
    from columba_shared.contract.contract import written

    from columba_consumers.rendering.contract import contract_of

    looked = inspected(settings())
    if looked.found.problems:
        problems = counted(len(looked.found.problems), "problem")
        raise Failure(f"the templates have {problems}, which `columba templates check` tells of: mend them first")
    click.echo(written(contract_of(looked.found, looked.app, looked.targets)), nl=False)
