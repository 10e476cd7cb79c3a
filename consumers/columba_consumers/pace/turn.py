"""A turn: the right to begin one delivery about now."""

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Protocol

from columba_shared.state import State

if TYPE_CHECKING:
    from columba_consumers.pace.gate import Gate


class TurnLapsed(Exception):
    """The destination was shut meanwhile, or no other moment is to be had soon: nothing may begin now."""


class Confirm(Protocol):
    """Whoever can say whether a turn still counts."""

    def __call__(self, gates: "Sequence[Gate]", *, until: float) -> Awaitable[None]:
        """Return when it does, if need be with new moments; raises TurnLapsed."""


class Turn:
    """Given out before a delivery is rendered and claimed; it lapses when that takes too long.

    ``state`` is what became of the delivery, once that is committed.
    """

    __slots__ = ("_confirm", "_gates", "_until", "destination", "state")

    def __init__(
        self,
        destination: str = "",
        *,
        confirm: Confirm | None = None,
        gates: "Sequence[Gate]" = (),
        until: float = 0.0,
    ) -> None:
        """Begin a turn; without a ``confirm`` it never lapses."""
        self.destination = destination
        self.state: State | None = None
        self._confirm = confirm
        self._gates = gates
        self._until = until

    async def begin(self) -> None:
        """Return when the provider may be called: at once, unless the turn has lapsed; raises TurnLapsed."""
        if self._confirm is not None:
            await self._confirm(self._gates, until=self._until)


class BothTurns(Turn):
    """A turn at the target and one at the account: both have to count when the provider is called."""

    __slots__ = ("_at_account", "_at_target")

    def __init__(self, at_target: Turn, at_account: Turn) -> None:
        super().__init__(at_target.destination)
        self._at_target = at_target
        self._at_account = at_account

    async def begin(self) -> None:
        """Return when the provider may be called; raises TurnLapsed."""
        await self._at_target.begin()
        await self._at_account.begin()
