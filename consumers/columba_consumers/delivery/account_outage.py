"""Where it goes what a provider says of its pace and its health, when there are several accounts."""

from columba_consumers.delivery.outage import Outage
from columba_consumers.errors import TargetDown, Throttled, Unknown


class AccountOutage:
    """What it says of a destination is the target's affair, which all accounts heed; all else is the account's own."""

    def __init__(self, account: Outage, target: Outage) -> None:
        self._account = account
        self._target = target

    async def report(self, error: TargetDown | Throttled | Unknown) -> None:
        """Note that the account, or one destination, is down or too fast."""
        await (self._account if error.destination is None else self._target).report(error)

    async def answered(self, destination: str) -> None:
        """Note that something was taken there."""
        await self._target.answered(destination)
        await self._account.answered("")
