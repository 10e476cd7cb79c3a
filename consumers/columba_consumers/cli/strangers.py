"""Dead letters that the log does not know: which of them are meant."""

from collections.abc import Iterable

from columba_shared.log.causes import cause_of
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.kinds import fits as fits_kind
from columba_shared.state import State

from columba_consumers.cli.selecting import Chosen


def meant(entries: Iterable[DeliveryEntry], chosen: Chosen) -> list[DeliveryEntry]:
    """Return those that the options would choose once they are recorded as dead."""
    return [each for each in entries if _fits(each, chosen)]


def _fits(each: DeliveryEntry, chosen: Chosen) -> bool:
    event, reason = each.event, each.reason or ""
    same = ((chosen.address, each.address), (chosen.key, event.key), (chosen.user, each.user))
    return (
        (not chosen.states or State.DEAD in chosen.states)
        and all(wanted in {None, has} for wanted, has in same)
        and (chosen.kind is None or fits_kind(chosen.kind, event.kind))
        and (chosen.since is None or each.created_at >= chosen.since)
        and (chosen.until is None or each.created_at < chosen.until)
        and (chosen.cause is None or (cause_of(State.DEAD, reason) or "").startswith(chosen.cause))
        and (chosen.reason is None or chosen.reason.casefold() in reason.casefold())
    )
