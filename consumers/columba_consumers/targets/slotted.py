"""From a SimpleTarget to what the core uses: slots, one opening, and every error with its meaning."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self

from columba_consumers.errors import (
    DeliveryError,
    InvalidMessage,
    NotBegun,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
    on_one_line,
)
from columba_consumers.targets.simple import SimpleTarget
from columba_consumers.targets.target import Content, DeliveryRef, Receipt

_WITHIN: Final = timedelta(minutes=1)
"""How long every delivery waits for one that opens or probes."""


class SlottedTarget:
    """Lets as many deliveries as there are slots go through validate, prepare and deliver, in this order."""

    def __init__(self, target: SimpleTarget, *, within: timedelta = _WITHIN) -> None:
        self.name = target.name
        self.slots = target.slots
        self._target = target
        self._free = asyncio.Semaphore(target.slots)
        self._within = within
        self._preparing = _Understanding(target, asked=False)
        self._asking = _Understanding(target, asked=True)
        self._opening = asyncio.Lock()
        self._failed_opening: TargetDown | Throttled | None = None
        self._is_open = False

    def destination(self, address: str) -> str:
        """Return whose pace a delivery to this address keeps; of what is no address, the target's."""
        try:
            return self._target.destination(address)
        except Exception:  # noqa: BLE001 - asked before anything has an outcome; `validate` says what is wrong with it
            return ""

    def slot(self) -> "TargetSlot":
        """Return a context manager that waits for a free slot."""
        return TargetSlot(self, self._free)

    async def gather(self, message: Content) -> Content:
        """Return the message with all that it names read; raises DeliveryError."""
        with self._asking:
            return await self._target.gather(message)

    async def preview(self, message: Content, delivery: DeliveryRef) -> None:
        """Prepare the message and throw that away: what leaves is for the provider alone; raises DeliveryError."""
        with self._preparing:
            await self._prepared(message, delivery)

    async def probe(self) -> None:
        """Open it if it is not, and ask; raises TargetDown."""
        await self._open()
        await self._in_time(self._target.probe(), "probe", "does not answer")

    async def probe_one(self, destination: str) -> None:
        """Ask the same of one destination alone; raises TargetDown."""
        await self._open()
        await self._in_time(self._target.probe_one(destination), "probe_one", "does not answer")

    async def close(self) -> None:
        """Let go of everything."""
        self._is_open = False
        await self._target.close()

    async def deliver(self, message: Content, delivery: DeliveryRef) -> Receipt:
        """Take the message through all steps; raises DeliveryError, or what nobody knows the meaning of."""
        try:
            if not self._is_open:
                await self._open()
            with self._preparing:
                prepared = await self._prepared(message, delivery)
        except asyncio.CancelledError as error:
            raise NotBegun from error
        with self._asking:
            return _receipt(await self._target.deliver(prepared, delivery), self.name)

    async def _open(self) -> None:
        """Open it, once; whatever is wrong then is wrong with the target, and no delivery's fault.

        Whoever stands in line while it fails has waited for that opening, and waits for no other.
        """
        if not self._is_open:
            await self._opened_after(self._failed_opening)

    async def _opened_after(self, before: DeliveryError | None) -> None:
        async with self._opening:
            if self._is_open:  # by whoever stood in line before
                return
            if self._failed_opening is not before and self._failed_opening is not None:
                raise self._failed_opening
            try:
                await self._in_time(self._target.open(), "open", "cannot be opened")
            except (TargetDown, Throttled) as error:
                self._failed_opening = error
                raise
            self._is_open = True

    async def _in_time(self, step: Awaitable[None], name: str, what: str) -> None:
        """Wait for it, or give up, since every delivery waits for it too; whatever is wrong, the target is down."""
        with self._everything_down(what):
            try:
                async with asyncio.timeout(self._within.total_seconds()) as limit:
                    await step
            except TimeoutError as error:
                if not limit.expired():  # the target's own
                    raise
                seconds = f"{self._within.total_seconds():g}"
                raise TargetDown(f"{what}: {name}() has not returned within {seconds} s") from error

    async def _prepared(self, message: Content, delivery: DeliveryRef) -> Any:  # noqa: ANN401 - the target's own
        try:
            self._target.validate(delivery.address)
        except ValueError as error:
            raise InvalidMessage(f"the address {error}") from error
        return await self._target.prepare(message, delivery)

    @contextmanager
    def _everything_down(self, what: str) -> Iterator[None]:
        """Take whatever is wrong as wrong with the target: it is no delivery's fault."""
        try:
            with self._asking:
                yield
        except (TargetDown, Throttled):
            raise
        except DeliveryError as error:
            raise TargetDown(error.reply, code=error.code) from error
        except Exception as error:
            raise TargetDown(f"{what}: {type(error).__name__}: {error}") from error


class _Understanding:
    """A block in which errors of the target's libraries get their meaning; one that nobody knows stays as it is.

    Libraries cancel futures of their own, such as when a connection closes: whoever waited for one was not
    cancelled by anybody here, and has an outcome as every other delivery.
    """

    __slots__ = ("_asked", "_target")

    def __init__(self, target: SimpleTarget, *, asked: bool) -> None:
        self._target = target
        self._asked = asked

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        match error:
            case None | NotBegun() | DeliveryError():
                return
            case asyncio.CancelledError():
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    return
                told = f"{self._target.name} gave up by itself, as if cancelled"
                raise (Unknown(f"{told}: the provider may have it") if self._asked else Temporary(told)) from error
            case Exception():
                known = self._target.classify(error)
                if known is not None:
                    raise known from error


class TargetSlot:
    """The right to have one delivery at the provider."""

    def __init__(self, target: SlottedTarget, free: asyncio.Semaphore) -> None:
        self._target = target
        self._free = free

    async def __aenter__(self) -> Self:
        await self._free.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._free.release()

    async def deliver(self, message: Content, delivery: DeliveryRef) -> Receipt:
        """Hand the message over; raises DeliveryError, or what the target does not know the meaning of."""
        return await self._target.deliver(message, delivery)


def _receipt(given: object, name: str) -> Receipt:
    """Return the receipt as any database can keep it; without one nobody knows what became of the delivery."""
    if isinstance(given, Receipt):
        said_id = None if given.provider_id is None else on_one_line(str(given.provider_id))
        reply = on_one_line(str(given.reply))
        if reply == given.reply and said_id == given.provider_id:
            return given
        return replace(given, reply=reply, provider_id=said_id)
    raise Unknown(f"{name} returned no Receipt from deliver, but {type(given).__name__}: the provider may have it")
