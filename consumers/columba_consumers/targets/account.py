"""The seam for targets with several accounts at their providers: each is a way out with slots of its own."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from columba_consumers.pace.limits import Limits
from columba_consumers.targets.target import Content, Slot


class Account(Protocol):
    """One account: a login at a provider, with a pace and outages of its own."""

    @property
    def name(self) -> str:
        """What settings and messages call it."""

    @property
    def slots(self) -> int:
        """How many deliveries one process may have there at once."""

    def slot(self) -> AbstractAsyncContextManager[Slot]:
        """Wait for a free slot and hold it."""

    async def probe(self) -> None:
        """Find out cheaply whether it works; raises TargetDown while it does not."""


Choice = Callable[[Content, str], Sequence[str]]
"""Return the names of the accounts that a message of a kind may go by, the first first; raises InvalidMessage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountKit:
    """An account, where it leads to in words, and its limits, under the name by which processes share its pace."""

    account: Account
    leads_to: str
    limits: Limits

    @property
    def place(self) -> str:
        """The name under which its pace is kept."""
        return self.limits.account or self.account.name
