"""The conformance suite for targets: what blocks, and what waits for ever, is told."""

import asyncio
import re
import time
from typing import Any, ClassVar

import pytest
from columba_consumers.targets import DeliveryRef, Receipt
from columba_consumers.testing import check_target, heart

from tests.unit.consumers.test_checking_targets import GIVEN, Good, faults, variant


async def test_deliveries_that_keep_the_event_loop_from_turning_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heart, "BLOCKED_SECONDS", 0.05)
    monkeypatch.setattr(heart, "_LOOK_SECONDS", 0.01)
    begun: list[object] = []

    async def deliver(_: Good, __: object, delivery: DeliveryRef) -> Receipt:
        """Block now and then, as somebody's library does."""
        begun.append(delivery)
        if len(begun) in {1, 6}:
            for _step in range(15):  # in steps like the watch's: whatever keeps that from looking holds this up as well
                time.sleep(0.01)  # noqa: ASYNC251 - that is what is wrong
        return Receipt(reply="ok")

    told = await faults(variant(deliver=deliver, slots=1), refused={}, unreachable=None)
    words = r"the event loop stood still (\d+) times, once for \d+\.\d s: what blocks belongs into asyncio.to_thread"
    (times,) = re.findall(words, told)
    assert int(times) >= 2, "a busy machine may add one"


class Talking(Good):
    """Says something to whoever listens at a port, and waits for an answer."""

    patience_seconds: ClassVar[float | None] = 0.01

    async def deliver(self, prepared: Any, delivery: DeliveryRef) -> Receipt:  # noqa: ANN401 - as above
        """Wait for that."""
        if not self.env["url"].isdigit():
            return await super().deliver(prepared, delivery)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.env["url"]))
        try:
            writer.write(b"hello")
            async with asyncio.timeout(self.patience_seconds):
                await reader.read()
        finally:
            writer.close()
        return Receipt(reply="ok")


async def test_a_delivery_that_waits_for_ever_where_nobody_says_a_word_is_told() -> None:
    given: dict[str, Any] = {"silent": lambda port: {"COLUMBA_GOOD_URL": str(port)}, "patience": 30}
    await check_target(Talking, **{**GIVEN, **given})
    told = await faults(type("Waiting", (Talking,), {"patience_seconds": None}), **given | {"patience": 0.2})
    assert told.endswith("\n- deliver goes on for more than 0.2 s while the provider says nothing: bound its time")
    told = await faults(Good, **given)
    assert "deliver returns a Receipt while the provider says nothing" in told
