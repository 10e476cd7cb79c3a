"""What is to be purged, as conditions on the log's rows."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, false, or_, select, true

from columba_shared.event import Event
from columba_shared.log.blob_uses import lost
from columba_shared.log.destinations import UP
from columba_shared.log.kinds import below, fits
from columba_shared.log.tables import (
    audit,
    brake,
    braked,
    cutoff,
    delivery,
    destination,
    event,
    key,
    malformed,
    outbox,
    process,
    selected,
    selection,
    volume,
)
from columba_shared.log.volumes import MEMORY
from columba_shared.state import FINAL, State

BY_EVENT: Final = "FORCE INDEX (ix_columba_delivery_event_id)"
LONGER: Final = MEMORY
"""So much longer stays what counts although nothing happens to it: orders, since what they stop may lie in a queue that
stood still for long, and how much there usually is of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What is to go: deliveries in these final states to which nothing has happened since, of a target, of a kind.

    ``kind`` may end in ``.*`` for all kinds below it. With nothing narrowed down, what belongs to no delivery goes too:
    messages that could not be read, outbox rows that were set aside, processes that ended, keys under which nothing is
    left, what people decided (acts, standing orders, frozen selections, brakes that have ended), and how fast and
    how much there was of what.
    """

    before: datetime
    states: AbstractSet[State] = FINAL
    target: str | None = None
    kind: str | None = None

    def __post_init__(self) -> None:
        """Refuse to forget a delivery that is not over."""
        if not self.states <= FINAL:
            raise ValueError(f"only final states can be purged, not {', '.join(sorted(self.states - FINAL))}")

    @property
    def everything(self) -> bool:
        """Whether what belongs to no delivery goes too."""
        return self.target is None and self.kind is None and self.states == FINAL

    def may_have_taken(self, event: Event) -> bool:
        """Say whether a delivery of this event, of which the log has nothing, may have gone with this purge."""
        return (
            event.created_at < self.before
            and self.target in {None, event.target}
            and (self.kind is None or fits(self.kind, event.kind))
        )

    @property
    def over(self) -> ColumnElement[bool]:
        """The deliveries that go."""
        return self.over_in(delivery)

    def over_in(self, table: FromClause) -> ColumnElement[bool]:
        """Say the same of the deliveries' table under another name."""
        told = or_(table.c.state != State.GATHERED, self._untold(table)) if State.GATHERED in self.states else true()
        return and_(
            table.c.state.in_(sorted(self.states)),
            table.c.updated_at < self.before,
            told,
            true() if self.target is None else table.c.target == self.target,
            true() if self.kind is None else below(table.c.kind, self.kind),
        )

    def _untold(self, table: FromClause) -> ColumnElement[bool]:
        """Say that nothing of a member's digest is kept: until then that may go, or go again, and tell it.

        Asked for one that is, as MariaDB and MySQL would read all deliveries to say whether there is any.
        """
        own = delivery.alias("own")
        kept = or_(own.c.state.not_in(sorted(FINAL)), own.c.updated_at >= self.before)
        query = select(own.c.id).where(own.c.event_id == table.c.digest_id, own.c.target == table.c.target, kept)
        for dialect in ("mysql", "mariadb"):
            query = query.with_hint(own, BY_EVENT, dialect)
        return query.limit(1).scalar_subquery().is_(None)

    @property
    def old_events(self) -> ColumnElement[bool]:
        """The events that go unless something of them stays."""
        return and_(
            event.c.recorded_at < self.before,
            true() if self.target is None else event.c.target == self.target,
            true() if self.kind is None else below(event.c.kind, self.kind),
        )

    @property
    def lost_uses(self) -> ColumnElement[bool]:
        """What events had that were published long ago and never came: whoever published them heard why not."""
        return lost(self.before - LONGER) if self.everything else false()

    def beside(self, *, but: ColumnElement[bool] | None = None) -> dict[str, tuple[Table, ColumnElement[bool]]]:
        """Return what belongs to no delivery and goes, by its name in Purged; ``but`` are deliveries about to go.

        A process stays while a delivery under its lease is not settled, a destination while it is down or shut, and an
        act while anything of its event does: on who amended it depends who may approve it.
        """
        if not self.everything:
            return {}
        kept = select(delivery.c.id) if but is None else select(delivery.c.id).where(~but)
        leased = select(delivery.c.id).where(delivery.c.process_id == process.c.id, delivery.c.state == State.SENDING)
        open_ = or_(destination.c.shut_until.is_(None), destination.c.shut_until < self.before)
        told = kept.where(delivery.c.event_id == audit.c.event_id).exists()
        idle = and_(destination.c.updated_at < self.before, UP, open_)
        return {
            "malformed": (malformed, malformed.c.seen_at < self.before),
            "outbox": (outbox, and_(outbox.c.problem.is_not(None), outbox.c.written_at < self.before)),
            "processes": (process, and_(process.c.ended_at < self.before, ~leased.exists())),
            "acts": (audit, and_(audit.c.at < self.before, ~told)),
            "orders": (cutoff, cutoff.c.before < self.before - LONGER),
            "selections": (selection, self._old_selections(kept)),
            "keys": (key, self._old_keys(kept)),
            "brakes": (brake, self._old_brakes()),
            "destinations": (destination, idle),
            "volumes": (volume, volume.c.hour < self.before - LONGER),
        }

    def _old_brakes(self) -> ColumnElement[bool]:
        """Return the brakes that go; one that still holds something can still let it go."""
        mine = select(braked.c.delivery_id).join(delivery, delivery.c.id == braked.c.delivery_id)
        holds = mine.where(braked.c.brake_id == brake.c.id, delivery.c.state == State.HELD).exists()
        return and_(brake.c.ended_at < self.before, ~holds)

    def _old_selections(self, kept: Select[Any]) -> ColumnElement[bool]:
        """Return the frozen selections that go; a replay that has not ended stays while anything of it is kept."""
        held = kept.join(selected, selected.c.delivery_id == delivery.c.id)
        under_way = held.where(selected.c.selection_id == selection.c.id).exists()
        over = or_(selection.c.replay.is_(None), selection.c.ended_at.is_not(None), ~under_way)
        return and_(selection.c.at < self.before, over)

    def _old_keys(self, kept: Select[Any]) -> ColumnElement[bool]:
        """Return the keys under which nothing is kept; whoever publishes under one again begins anew.

        Until then it tells what is dead under it that something newer has taken its place.
        """
        left = kept.where(*(delivery.c[name] == key.c[name] for name in ("target", "kind", "key")))
        return and_(key.c.updated_at < self.before, ~left.exists())
