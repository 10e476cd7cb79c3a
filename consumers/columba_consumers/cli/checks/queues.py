"""The broker: whether it answers, has all its queues, lets us use them, and lost nothing between them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from uuid import UUID

from columba_shared.errors import ColumbaError
from columba_shared.publishing import Message, Unroutable
from columba_shared.topology import DUE, IN, LATER, UNROUTED, WAIT, Plan, dead_queue
from columba_shared.topology.declare import depths, missing

from columba_consumers.cli.checks.finding import Finding, note, ok, problem
from columba_consumers.cli.opening import access_of, publisher_of

if TYPE_CHECKING:
    from columba_shared.publishing.connection import Access
    from columba_shared.settings import Settings

_NOWHERE: Final = "columba-doctor.nowhere"
"""A key that no queue is bound to, so that trying to publish leaves nothing behind."""


def check_broker(settings: "Settings") -> Iterator[Finding]:
    """Yield how the broker stands; stops at the first thing that makes the rest pointless."""
    if settings.embedded:
        yield ok("broker", "embedded: it lives inside `columba up`")
        return
    access = access_of(settings)
    try:
        lacking = missing(Plan.for_targets(settings.targets), access)
        yield ok("broker", f"{access} answers")
        yield _topology(lacking)
        yield _rights(settings)
        yield from _leftovers(settings, access)
    except ColumbaError as error:
        fix = "start the broker, or mend COLUMBA_BROKER_URL; then `columba topology apply`"
        yield problem("broker", str(error), fix=fix)


def _topology(lacking: tuple[str, ...]) -> Finding:
    if not lacking:
        return ok("topology", "every exchange and queue is there")
    named = ", ".join(lacking[:5]) + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")  # noqa: PLR2004 - enough to see what is wrong
    return problem("topology", f"missing: {named}", fix="run `columba topology apply`")


def _rights(settings: "Settings") -> Finding:
    """Publish to where nothing is bound: who may publish is told that no queue takes it."""
    message = Message(exchange=IN, key=_NOWHERE, body=b"{}", message_id=UUID(int=0), kind="doctor")
    with publisher_of(settings) as publisher:
        try:
            publisher.publish(message)
        except Unroutable:
            return ok("rights", "this user may publish")
        except ColumbaError as error:
            fix = f"give the user write rights on {IN}, {LATER}, {WAIT} and {DUE}"
            return problem("rights", f"publishing is refused: {error}", fix=fix)
    return problem("rights", f"a queue takes {_NOWHERE!r}, which is nobody's", fix=f"see what is bound to {IN}")


def _leftovers(settings: "Settings", access: "Access") -> Iterator[Finding]:
    dead = tuple(dead_queue(target) for target in settings.targets)
    found = depths((UNROUTED, *dead), access)
    if found[UNROUTED]:
        text = f"{found[UNROUTED]:,} messages found no queue when they were due"
        yield problem("unrouted", text, fix="run `columba topology apply`, then `columba replay --unrouted`")
    elif found[UNROUTED] is not None:
        yield ok("unrouted", "empty")
    for queue in dead:
        if found[queue]:
            yield note(
                "dead letters", f"{found[queue]:,} in {queue}", fix="`columba list --status dead`, `columba replay`"
            )
