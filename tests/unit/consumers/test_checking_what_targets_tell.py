"""The conformance suite for targets hears what receipts and errors say, and who gives up by itself."""

import asyncio
from collections.abc import Mapping

from columba_consumers.errors import Permanent, TargetDown
from columba_consumers.targets import DeliveryRef, Receipt

from tests.unit.consumers.test_checking_targets import Good, delivering, faults, variant

IN_THE_PATH: Mapping[str, str] = {
    "COLUMBA_GOOD_URL": "ops=good://example.org/hooks/open-sesame-7; x=good://example.org/y"
}


async def test_a_secret_in_a_receipt_or_an_error_is_told_and_one_in_a_path_is_one() -> None:
    async def deliver(self: Good, _: object, delivery: DeliveryRef) -> Receipt:
        """Tell everything."""
        if delivery.address == "refused":
            raise Permanent(f"no such place: {self.env['url']}")
        return Receipt(reply=f"200 from {self.env['url']}")

    async def probe(self: Good) -> None:
        """The same."""
        if self.env["down"] == "yes":
            raise TargetDown(f"nobody there: {self.env['url']}")

    told = await faults(variant(deliver=deliver, probe=probe), settings=IN_THE_PATH)
    for what in ("a Receipt's reply", "the Permanent that deliver raised", "the TargetDown that probe raised"):
        assert told.count(f"{what} shows a secret of the settings: leave it out") == 1


async def test_a_delivery_that_cancels_itself_is_told() -> None:
    async def deliver(*_: object) -> Receipt:
        """Give up as a library does that closes its connection."""
        raise asyncio.CancelledError

    told = await faults(delivering(deliver), refused={})
    assert "deliver raised Unknown: good gave up by itself, as if cancelled" in told
