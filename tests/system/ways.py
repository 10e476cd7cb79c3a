"""Two more targets, as an app brings them: mail by other names, for tests of chains.

An app's module has them by importing them. Their messages are EmailMessages that the app's renderers make; the test's
SMTP server refuses them as it is told to, and keeps what it took. What is in doubt is left for a person.
"""

from typing import Final

from columba_consumers import EmailMessage, target
from columba_consumers.targets import DeliveryRef, Receipt, SimpleTarget, TargetEnv
from columba_consumers.targets.email import EmailTarget, email_settings

WAYS: Final = ("pager", "phone")


class Way(SimpleTarget):
    """Mail by another name."""

    message = EmailMessage

    def __init__(self, settings: TargetEnv) -> None:
        super().__init__(settings)
        self._mail = EmailTarget(email_settings(settings.everything))
        self.slots = self._mail.slots

    def destination(self, address: str) -> str:
        """Return the domain."""
        return self._mail.destination(address)

    async def deliver(self, prepared: EmailMessage, delivery: DeliveryRef) -> Receipt:
        """Send one mail."""
        async with self._mail.slot() as slot:
            return await slot.deliver(prepared, delivery)

    async def probe(self) -> None:
        """Connect and leave."""
        await self._mail.probe()

    async def close(self) -> None:
        """Leave politely."""
        await self._mail.close()


@target
class Pager(Way):
    """One of them."""

    name = "pager"


@target
class Phone(Way):
    """The other."""

    name = "phone"
