"""django-notification-system: users' addresses, who has opted out, what waits, and what became of the rest."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from columba_shared.addresses import kept_address
from columba_shared.event import Event, Recipient
from columba_shared.log.addresses import Entry
from columba_shared.log.optouts import Refusal
from columba_shared.notice import CATEGORY, MOST_ATTEMPTS, Notice, channel_kind, channel_target
from columba_shared.state import State

from columba_consumers.importing.importer import Source, Step
from columba_consumers.importing.item import (
    Addressed,
    Bad,
    Ended,
    Item,
    Left,
    OptedOut,
    Place,
    Told,
    Try,
    event_id_for,
)
from columba_consumers.importing.old_tables import Row

SYSTEM: Final = "notification-system"
_TARGETS: Final = "notification_system_target"
_RECORDS: Final = "notification_system_target_user_record"
_OPT_OUTS: Final = "notification_system_opt_out"
_NOTIFICATIONS: Final = "notification_system_notification"
_WAITING: Final = frozenset({"SCHEDULED", "RETRY"})
_ENDED: Final[Mapping[str, tuple[State, str | None]]] = {
    "DELIVERED": (State.SENT, None),
    "DELIVERY FAILURE": (State.DEAD, f"given up by {SYSTEM}"),
    "INACTIVE DEVICE": (State.SUPPRESSED, f"not in use, by {SYSTEM}"),
    # Worded otherwise than an opt-out of ours, which would bring it back when it is over: there, none came back.
    "OPTED OUT": (State.SUPPRESSED, f"the user had opted out, by {SYSTEM}"),
}


def imported_id(notification: object) -> UUID:
    """Return as which event a notification is imported."""
    return event_id_for(SYSTEM, id_of(notification))


def id_of(value: object) -> str:
    """Return an id as Django writes it: some databases keep UUIDs without their hyphens."""
    text = str(value)
    try:
        return str(UUID(text)) if len(text) == len(UUID(int=0).hex) else text
    except ValueError:
        return text


def steps(source: Source) -> Sequence[Step]:
    """Return the steps: who has opted out first, so that nobody is told who does not want it."""
    system = _System(source=source)
    return (
        Step(table=_TARGETS, read=system.channel),
        Step(table=_OPT_OUTS, read=system.opt_out),
        Step(table=_RECORDS, read=system.record),
        Step(table=_NOTIFICATIONS, read=system.notification),
    )


@dataclass(frozen=True, kw_only=True)
class _System:
    """Reads its rows; the channels, of which there are a handful, are known before."""

    source: Source

    @cached_property
    def _modules(self) -> dict[object, str]:
        rows = self.source.tables.where(_TARGETS)
        return {row["id"]: str(row["notification_module_name"]) for row in rows}

    def channel(self, row: Row) -> Iterator[Item]:
        """Yield that a channel needs nothing: its addresses and notifications name the target that it has become."""
        target = channel_target(str(row["notification_module_name"]))
        yield Left(place=Place(table=_TARGETS, row=row["id"]), why=f"{row['name']} is the target {target}")

    def opt_out(self, row: Row) -> Iterator[Item]:
        """Yield that a user does not want notifications."""
        place = Place(table=_OPT_OUTS, row=row["id"])
        if not row["active"]:
            yield Left(place=place, why="not active")
            return
        refusal = Refusal(user=id_of(row["user_id"]), category=CATEGORY)
        yield OptedOut(place=place, refusal=refusal, at=self.source.tables.moment(row["modified_date"]))

    def record(self, row: Row) -> Iterator[Item]:
        """Yield a user's address, in use or not."""
        place, target = Place(table=_RECORDS, row=row["id"]), channel_target(self._modules[row["target_id"]])
        try:
            address = kept_address(target, row["target_user_id"])
        except ValueError as error:
            yield Bad(place=place, reason=f"target_user_id: {error}")
            return
        active = bool(row["active"])
        reason = None if active else f"by {SYSTEM}"
        entry = Entry(user_id=id_of(row["user_id"]), target=target, address=address, active=active, reason=reason)
        yield Addressed(place=place, entry=entry, at=self.source.tables.moment(row["modified_date"]))

    def notification(self, row: Row) -> Iterator[Item]:
        """Yield what waits, or what became of it."""
        place = Place(table=_NOTIFICATIONS, row=row["id"])
        if row.get("event_id") is not None:
            yield Left(place=place, why="Columba has it already")
            return
        (record,) = self.source.tables.where(_RECORDS, id=row["target_user_record_id"])
        event = self._event(row, record)
        if row["status"] in _WAITING:
            yield Told(place=place, event=event, tries=self._tries(row, "retry"))
            return
        if row["status"] not in _ENDED:
            yield Bad(place=place, reason=f"status: {row['status']!r:.60} is none")
            return
        state, reason = _ENDED[row["status"]]
        at = self.source.tables.moment(row["attempted_delivery"] or row["modified_date"])
        outcome = "sent" if state is State.SENT else "retry"
        tries = self._tries(row, outcome) if state in {State.SENT, State.DEAD} else ()
        yield Told(place=place, event=event, ended=Ended(state=state, at=at, reason=reason), tries=tries)

    def _event(self, row: Row, record: Row) -> Event:
        module, moment = self._modules[record["target_id"]], self.source.tables.moment
        notice = Notice(
            title=row["title"],
            body=row["body"],
            extra=_extra(row["extra"]),
            attempts=min(max(row["max_retries"] - row["retry_attempts"], 1), MOST_ATTEMPTS),
            retry_seconds=row["retry_time_interval"] * 60,
        )
        return Event(
            id=imported_id(row["id"]),
            kind=channel_kind(module),
            target=channel_target(module),
            producer=SYSTEM,
            to=(Recipient(address=record["target_user_id"], user=id_of(record["user_id"])),),
            context=notice.as_context(),
            created_at=moment(row["created_date"]),
            due_at=moment(row["scheduled_delivery"]),
            key=f"{CATEGORY}:{id_of(row['id'])}",
        )

    def _tries(self, row: Row, outcome: str) -> tuple[Try, ...]:
        """Return the one attempt of which the row tells: the last."""
        if row["attempted_delivery"] is None:
            return ()
        return (Try(number=1, outcome=outcome, at=self.source.tables.moment(row["attempted_delivery"])),)


def _extra(given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON, which some drivers have read already
    found = json.loads(given) if isinstance(given, str) else given
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise TypeError(f"extra: must be an object, not {type(found).__name__}")
    return found
