"""A target at work: it delivers, as many at once as there are slots, is cancelled in the middle, and closed twice."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from columba_consumers.delivery.frozen import exact
from columba_consumers.errors import DeliveryError, NoRoom, TargetDown
from columba_consumers.targets import DeliveryRef, Receipt
from columba_consumers.targets.target import Content, Target
from columba_consumers.testing.faults import Faults, told
from columba_consumers.testing.heart import beating
from columba_consumers.testing.secrets import check_secrets

T = TypeVar("T")

KIND: Final = "check.target"
MOST_AT_ONCE: Final = 50
_CANCELLED_AFTER: Final = (0, 1, 2, 3, 5, 8, 13, 21)
"""Turns of the event loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork:
    """One target, a message for it, and where that may go."""

    target: Target
    message: Content
    address: str
    faults: Faults
    patience: float
    secrets: Sequence[str] = ()
    """What nothing that is told may hold."""
    event_id: UUID = field(default_factory=uuid4)

    async def check(self, refused: Mapping[str, type[DeliveryError]]) -> None:
        """Do everything that the core does with a target, and note what it could not rely on."""
        before, tasks = exact(self.message).digest, asyncio.all_tasks()
        try:
            async with beating(self.faults), asyncio.timeout(10 * self.patience):
                with self.faults.found_by("probe"):
                    await self._bounded("probe", self.target.probe())
                with self.faults.found_by("prepare, for a preview,"):
                    await self._bounded("prepare", self.target.preview(self.message, self._reference()))
                await self._deliver_one()
                await self._deliver_many()
                await self._cancel_some()
                for address, expected in refused.items():
                    await self._be_refused(address, expected)
        except TimeoutError:
            self.faults.add(f"all of it takes longer than {10 * self.patience:g} s: deliver must bound its own time")
        finally:
            await self._close()
        self.faults.unless(
            exact(self.message).digest == before,
            "delivering changes the message: it is delivered again after a failure",
        )
        left = [task for task in asyncio.all_tasks() - tasks if not task.done()]
        self.faults.unless(not left, f"close leaves tasks behind: {', '.join(sorted(map(_named, left)))}")

    async def check_unreachable(self) -> None:
        """See what the target makes of a provider that is not there: a TargetDown, and errors of ours."""
        try:
            await self._bounded("probe", self.target.probe())
            self.faults.add("probe finds nothing wrong while the provider cannot be reached: raise TargetDown")
        except TargetDown:
            pass
        except Exception as error:  # noqa: BLE001 - other people's code
            self.faults.add(f"probe must raise TargetDown while the provider cannot be reached, not {told(error)}")
        try:
            await self._bounded("deliver", self._deliver(self._reference()))
            self.faults.add("deliver returns a Receipt while the provider cannot be reached")
        except DeliveryError:
            pass
        except Exception as error:  # noqa: BLE001 - as above
            self.faults.add(
                f"deliver raised {told(error)} while the provider cannot be reached: let classify return what that "
                "means, such as TargetDown or NetworkTrouble"
            )
        await self._close()

    async def check_silent(self) -> None:
        """See that it ends by itself at a provider that takes all and says nothing, with an error of ours."""
        mend = "while the provider says nothing: bound its time"
        under_way = asyncio.ensure_future(self._deliver(self._reference()))
        done, _ = await asyncio.wait([under_way], timeout=self.patience)
        if not done:
            self.faults.add(f"deliver goes on for more than {self.patience:g} s {mend}")
            under_way.cancel()
            await asyncio.wait([under_way], timeout=self.patience)
        elif under_way.cancelled():
            self.faults.add("deliver is cancelled by itself while the provider says nothing: raise a DeliveryError")
        elif (error := under_way.exception()) is None:
            self.faults.add("deliver returns a Receipt while the provider says nothing")
        elif not isinstance(error, DeliveryError):
            self.faults.add(
                f"deliver raised {told(error)} while the provider says nothing: let classify return what that means, "
                "Unknown when it may have the message"
            )
        await self._close()

    async def _deliver_one(self) -> None:
        reference = self._reference()
        with self.faults.found_by("deliver"):
            receipt = await self._bounded("deliver", self._deliver(reference))
            self._check_receipt(receipt)
        try:
            await self._bounded("deliver", self._deliver(replace(reference, attempt=2)))
        except DeliveryError:
            pass
        except Exception as error:  # noqa: BLE001 - other people's code
            self.faults.add(f"deliver, of the same delivery again, raised {told(error)}: raise a DeliveryError")

    async def _deliver_many(self) -> None:
        number = min(2 * self.target.slots, MOST_AT_ONCE)
        results = await asyncio.gather(
            *(self._deliver(self._reference()) for _ in range(number)), return_exceptions=True
        )
        failed = [each for each in results if isinstance(each, BaseException) and not isinstance(each, NoRoom)]
        if failed:
            self.faults.add(
                f"of {number} deliveries at once, {len(failed)} failed with {told(failed[0])}: nothing that belongs to "
                "one delivery may be kept in the target"
            )

    async def _cancel_some(self) -> None:
        """Cancel deliveries at many moments; one that is quicker than that is delivered."""
        for turns in _CANCELLED_AFTER:
            under_way = asyncio.ensure_future(self._deliver(self._reference()))
            for _ in range(turns):
                await asyncio.sleep(0)
            under_way.cancel()
            done, _ = await asyncio.wait([under_way], timeout=self.patience)
            if not done:
                self.faults.add(
                    f"a cancelled delivery goes on for more than {self.patience:g} s: let CancelledError pass"
                )
                return
            if not under_way.cancelled() and (error := under_way.exception()) is not None:
                self.faults.add(f"a cancelled delivery raised {told(error)}: let asyncio.CancelledError pass")
                return
        with self.faults.found_by("deliver, after others were cancelled,"):
            await self._bounded("deliver", self._deliver(self._reference()))

    async def _be_refused(self, address: str, expected: type[DeliveryError]) -> None:
        try:
            await self._bounded("deliver", self._deliver(self._reference(address)))
        except expected:
            return
        except Exception as error:  # noqa: BLE001 - other people's code
            self.faults.add(f"deliver to {address!r} must raise {expected.__name__}, not {told(error)}")
        else:
            self.faults.add(f"deliver to {address!r} must raise {expected.__name__}, and returned a Receipt")

    async def _close(self) -> None:
        with self.faults.found_by("close"):
            await self._bounded("close", self.target.close())
        with self.faults.found_by("close, a second time,"):
            await self._bounded("close", self.target.close())

    async def _deliver(self, reference: DeliveryRef) -> Receipt:
        async with self.target.slot() as slot:
            receipt = await self._watched("deliver", slot.deliver(self.message, reference))
        self._check_told("a Receipt's reply", getattr(receipt, "reply", ""))
        return receipt

    def _check_receipt(self, receipt: Receipt) -> None:
        self.faults.unless(isinstance(receipt.reply, str), "Receipt.reply must be a text: what the provider said")
        self.faults.unless(
            receipt.provider_id is None or isinstance(receipt.provider_id, str), "Receipt.provider_id must be a text"
        )
        self.faults.unless(
            receipt.message is None or isinstance(receipt.message, bytes),
            "Receipt.message must be bytes: what was sent",
        )

    async def _bounded(self, what: str, waiting: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self.patience):
                return await self._watched(what, waiting)
        except TimeoutError as error:
            raise TimeoutError(f"{what} takes longer than {self.patience:g} s") from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise RuntimeError(f"asyncio.CancelledError from {what}, which nobody has cancelled") from error

    async def _watched(self, what: str, waiting: Awaitable[T]) -> T:
        """Return what comes of it, and look at the words of what it raises."""
        try:
            return await waiting
        except Exception as error:
            self._check_told(f"the {type(error).__name__} that {what} raised", error)
            raise

    def _check_told(self, what: str, told: object) -> None:
        check_secrets({what: str(told)}, self.secrets, self.faults)

    def _reference(self, address: str | None = None) -> DeliveryRef:
        return DeliveryRef(
            id=uuid4(),
            event_id=self.event_id,
            kind=KIND,
            address=self.address if address is None else address,
            name=None,
            attempt=1,
        )


def _named(task: "asyncio.Task[Any]") -> str:
    return getattr(task.get_coro(), "__qualname__", task.get_name())
