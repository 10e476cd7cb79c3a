"""A chain as people read it: what became of a delivery by each target, in one line."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from columba_shared.state import State

from columba_consumers.cli.screen import show, text
from columba_consumers.cli.words import duration, moment

if TYPE_CHECKING:
    from columba_shared.event import Event
    from columba_shared.log.lineage import Link

    from columba_consumers.cli.telling import Told


def chain_of(event: "Event") -> str:
    """Return by which targets an event goes, and when; nothing for one that has no fallback."""
    return ", ".join(
        f"{step.target} after {duration(timedelta(seconds=step.after_seconds))}" if step.after_seconds else step.target
        for step in event.chain
    )


def show_chains(told: "Sequence[Told]") -> None:
    """Print each chain that these deliveries are of, once."""
    seen = {tuple(link.delivery_id for link in each.chain): each for each in told if each.chain}
    for each in seen.values():
        line = text(f"{each.delivery.kind} goes by one after the other:", "dim").append(" ")
        line.append_text(text(" → ".join(map(_link, each.chain)) + "."))
        show(line)


def _link(link: "Link") -> str:
    match link.state:
        case None:
            return f"{link.target}, not on record yet"
        case State.SENT:
            stands = "sent" if link.reached else "came back, sent"
            return f"{link.target} {stands} {moment(link.updated_at)}"
        case State.SCHEDULED | State.RETRYING:
            because = f" ({link.reason})" if link.reason else ""
            return f"{link.target} due {moment(link.due_at)}{because}"
        case state:
            return f"{link.target} {state.replace('_', ' ')}" + (f" ({link.reason})" if link.reason else "")
