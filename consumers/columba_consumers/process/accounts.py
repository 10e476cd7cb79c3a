"""The accounts of a target in one process: made before the target's own parts are, and joined with them afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Engine

from columba_consumers.delivery.account_outage import AccountOutage
from columba_consumers.delivery.accounts import Accounts
from columba_consumers.delivery.handover import Handover
from columba_consumers.delivery.outage import Outage, Way
from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.delivery.working_account import WorkingAccount
from columba_consumers.errors import TargetDown
from columba_consumers.pace import Pacer, Reports, SharedTime
from columba_consumers.targets.account import AccountKit
from columba_consumers.targets.kit import TargetKit


def room_beside(slots: int) -> int:
    """Return how many may wait beside so many that are under way, so that the next is always at hand."""
    return max(slots // 2, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entrance:
    kit: AccountKit
    pacer: Pacer
    turnstile: Turnstile


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrances:
    """The turnstiles of a target's accounts; none where it has no accounts to choose from."""

    kit: TargetKit
    entrances: Sequence[_Entrance]

    @classmethod
    def to(cls, kit: TargetKit, engine: Engine, *, time: SharedTime) -> "Entrances":
        """Make them."""
        entrances = []
        for each in kit.accounts:
            room = room_beside(each.account.slots)
            pacer = Pacer(kit.target.name, engine, limits=each.limits, time=time, room=room, apart=True)
            turnstile = Turnstile(each.account.slots, pacer, diverts=True)
            entrances.append(_Entrance(kit=each, pacer=pacer, turnstile=turnstile))
        return cls(kit=kit, entrances=entrances)

    @property
    def slots(self) -> int:
        """How many deliveries may be beyond the target's own turnstile: under way by an account, or waiting for one.

        Those who wait for one account take no place of those who go by another.
        """
        waiting = sum(room_beside(each.kit.account.slots) for each in self.entrances)
        return self.kit.target.slots + waiting

    @property
    def way(self) -> Way:
        """What is asked whether the target works: with several accounts, whether any does."""
        if not self.entrances:
            return self.kit.target
        return _Any(self.kit.target.name, [each.turnstile for each in self.entrances])

    def joined(
        self, handover: Handover, outage: Outage, engine: Engine, *, time: SharedTime, process_id: Callable[[], UUID]
    ) -> Accounts:
        """Return the accounts at work, beside the target's own handover and outage."""
        working = []
        for each in self.entrances:
            place, name = each.kit.place, self.kit.target.name
            reports = Reports(each.pacer, engine, time=time, process_id=process_id, whole=place)
            own = Outage(each.kit.account, each.turnstile, reports, account_of=name)
            joined = replace(handover, outage=AccountOutage(own, outage), account=each.kit.account.name, diverts=True)
            room = room_beside(each.kit.account.slots)
            working.append(
                WorkingAccount(
                    each.kit, turnstile=each.turnstile, pacer=each.pacer, handover=joined, outage=own, room=room
                )
            )
        return Accounts(working, choose=self.kit.choose)


class _Any:
    """A target is up as long as one of its accounts is, which have probes of their own."""

    def __init__(self, name: str, turnstiles: Sequence[Turnstile]) -> None:
        self.name = name
        self._turnstiles = turnstiles

    async def probe(self) -> None:
        """Raise TargetDown while all accounts are down."""
        if all(turnstile.is_shut for turnstile in self._turnstiles):
            raise TargetDown("none of its accounts works")
