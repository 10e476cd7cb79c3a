"""`columba settle`: what became of deliveries of which nobody knew whether the provider has them."""

from typing import TYPE_CHECKING, Final

import click
from columba_shared.state import State

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.decision import Verb, decide
from columba_consumers.cli.meaning import Asked, Found, meaning_options, require_one_way
from columba_consumers.cli.opening import settings

if TYPE_CHECKING:
    from columba_consumers.moderation import Moderation, Tally

_IN_DOUBT: Final = frozenset({State.IN_DOUBT})


@click.command()
@meaning_options
@click.option(
    "--as",
    "finding",
    type=click.Choice(["sent", "resend", "dead"]),
    required=True,
    help="sent: the provider has it. resend: it goes again, under the same id. dead: it is given up.",
)
@author_options
@as_json
@click.pass_context
def command(ctx: click.Context, *, asked: Asked, finding: str, author: Authorship, as_json: bool) -> None:
    """Say what became of deliveries that are in doubt: nobody knows whether the provider has them.

    `columba list --status in_doubt` lists them. A mail server knows them by their Message-ID, which begins with the
    delivery's id without hyphens, or is what the app gave a mail that it had finished. What is no longer in doubt is
    left alone.
    """
    from columba_shared.log.doubts import Finding

    require_one_way(asked)
    read = settings()
    who, found_out = author(read), Finding(finding)

    async def carry(moderation: "Moderation", found: Found) -> "Tally":
        return await moderation.settle(found.meant, who, finding=found_out)

    verb = Verb(ask=f"Settle as {finding}", done=f"settled as {finding}", states=_IN_DOUBT)
    if not decide(read, asked, verb, who, carry, as_json=as_json):
        ctx.exit(1)
