"""Between the core and a SimpleTarget: slots, one opening, and every error with its meaning."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from columba_consumers.errors import InvalidMessage, NotBegun, Permanent, TargetDown, Temporary, Throttled, Unknown
from columba_consumers.targets.slotted import SlottedTarget
from columba_consumers.targets.target import Receipt

from tests.unit.consumers.targets.pigeons import LoftFull, Note, Pigeon, reference, settings_of

NOTE = Note(text="hello")


@pytest.fixture
def pigeon(tmp_path: Path) -> Pigeon:
    return Pigeon(settings_of(tmp_path).own("pigeon", Pigeon.settings))


async def deliver(slotted: SlottedTarget, address: str = "roof-7", *, attempt: int = 1) -> Receipt:
    async with slotted.slot() as slot:
        return await slot.deliver(NOTE, reference(address, attempt=attempt))


async def test_a_delivery_is_validated_prepared_and_delivered_after_one_opening(pigeon: Pigeon) -> None:
    slotted = SlottedTarget(pigeon)
    receipts = await asyncio.gather(deliver(slotted), deliver(slotted))
    assert [receipt.reply for receipt in receipts] == ["flown", "flown"]
    assert pigeon.loft.done == ["open", "prepare", "deliver", "prepare", "deliver"]


async def test_no_more_are_at_the_provider_than_there_are_slots(pigeon: Pigeon) -> None:
    slotted = SlottedTarget(pigeon)
    pigeon.loft.enough = pigeon.slots
    under_way = [asyncio.create_task(deliver(slotted, attempt=2)) for _ in range(10)]
    await pigeon.loft.busy.wait()
    pigeon.loft.gate.set()
    await asyncio.gather(*under_way)
    assert pigeon.loft.most == pigeon.slots


async def test_a_cancelled_delivery_gives_its_slot_back(pigeon: Pigeon) -> None:
    slotted = SlottedTarget(pigeon)
    for _ in range(2 * pigeon.slots):
        pigeon.loft.busy.clear()
        under_way = asyncio.create_task(deliver(slotted, attempt=2))
        await pigeon.loft.busy.wait()
        under_way.cancel()
        with pytest.raises(asyncio.CancelledError):
            await under_way
    assert (await deliver(slotted)).reply == "flown"


async def test_whoever_is_cancelled_before_the_provider_is_asked_says_so(
    pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    slotted, begun = SlottedTarget(pigeon), asyncio.Event()

    async def hang(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    for step, end in (("open", NotBegun), ("prepare", NotBegun), ("deliver", asyncio.CancelledError)):
        begun.clear()
        with monkeypatch.context() as patched:
            patched.setattr(pigeon, step, hang)
            under_way = asyncio.create_task(deliver(slotted))
            await begun.wait()
            under_way.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await under_way
        assert caught.type is end, step


async def test_what_can_be_no_address_is_an_invalid_message_and_nobody_is_asked(pigeon: Pigeon) -> None:
    with pytest.raises(InvalidMessage, match=r"the address is no roof: 'cellar' \(write roof-7\)"):
        await deliver(SlottedTarget(pigeon), "cellar")
    assert pigeon.loft.done == ["open"]


async def test_an_error_that_the_target_knows_has_the_meaning_that_it_gives(pigeon: Pigeon) -> None:
    pigeon.loft.fail["deliver"] = LoftFull()
    with pytest.raises(Throttled, match="the loft is full") as caught:
        await deliver(SlottedTarget(pigeon))
    assert isinstance(caught.value.__cause__, LoftFull)


@pytest.mark.parametrize("error", [OSError("no wind"), Permanent("lost its way"), Temporary("tired")])
async def test_any_other_error_stays_as_it_is(pigeon: Pigeon, error: Exception) -> None:
    pigeon.loft.fail["deliver"] = error
    with pytest.raises(type(error)) as caught:
        await deliver(SlottedTarget(pigeon))
    assert caught.value is error


async def test_a_target_whose_library_gives_up_by_itself_leaves_the_delivery_in_doubt(
    pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deliver_(*_: object) -> Receipt:
        """Wait for an answer that the library cancels, as it closes its connection."""
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        answer.cancel()
        return await answer

    monkeypatch.setattr(pigeon, "deliver", deliver_)
    with pytest.raises(Unknown, match="pigeon gave up by itself"):
        await deliver(SlottedTarget(pigeon))


async def test_a_target_that_returns_no_receipt_leaves_the_delivery_in_doubt(pigeon: Pigeon) -> None:
    pigeon.loft.returns = None
    with pytest.raises(Unknown, match="no Receipt"):
        await deliver(SlottedTarget(pigeon))


@pytest.mark.parametrize("error", [OSError("no ladder"), Permanent("no ladder"), RuntimeError("no ladder")])
async def test_a_target_that_cannot_be_opened_is_down_and_opened_again_later(pigeon: Pigeon, error: Exception) -> None:
    slotted = SlottedTarget(pigeon)
    pigeon.loft.fail["open"] = error
    with pytest.raises(TargetDown, match="no ladder"):
        await deliver(slotted)
    with pytest.raises(TargetDown, match="no ladder"):
        await slotted.probe()
    del pigeon.loft.fail["open"]
    await slotted.probe()
    assert pigeon.loft.done == ["open", "open", "open", "probe"]


async def test_a_target_that_never_opens_is_down(pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pigeon, "open", asyncio.Event().wait)
    async with asyncio.timeout(5):
        with pytest.raises(TargetDown, match=r"cannot be opened: open\(\) has not returned within 0.01 s"):
            await deliver(SlottedTarget(pigeon, within=timedelta(milliseconds=10)))


async def test_those_who_wait_for_an_opening_that_fails_do_not_wait_for_another(
    pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[None] = []

    async def open_() -> None:
        opened.append(None)
        await asyncio.Event().wait()

    monkeypatch.setattr(pigeon, "open", open_)
    slotted = SlottedTarget(pigeon, within=timedelta(milliseconds=10))
    found = await asyncio.gather(*(deliver(slotted) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in found] == [TargetDown] * 3
    assert len(opened) == 1
    with pytest.raises(TargetDown):
        await deliver(slotted)
    assert len(opened) == 2


async def test_whoever_opens_and_is_cancelled_leaves_it_to_the_next(
    pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[None] = []
    begun, gate = asyncio.Event(), asyncio.Event()

    async def open_() -> None:
        opened.append(None)
        begun.set()
        await gate.wait()

    monkeypatch.setattr(pigeon, "open", open_)
    slotted = SlottedTarget(pigeon)
    first = asyncio.create_task(deliver(slotted))
    await begun.wait()
    second = asyncio.create_task(deliver(slotted))
    await asyncio.sleep(0)
    first.cancel()
    gate.set()
    assert (await second).reply == "flown"
    assert len(opened) == 2


async def test_a_probe_that_fails_in_any_way_says_that_the_target_is_down(pigeon: Pigeon) -> None:
    pigeon.loft.fail["probe"] = ValueError("nobody home")
    with pytest.raises(TargetDown, match="does not answer: ValueError: nobody home"):
        await SlottedTarget(pigeon).probe()


async def test_a_probe_that_never_returns_says_that_the_target_is_down(
    pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pigeon, "probe", asyncio.Event().wait)
    async with asyncio.timeout(5):
        with pytest.raises(TargetDown, match=r"does not answer: probe\(\) has not returned within 0.01 s"):
            await SlottedTarget(pigeon, within=timedelta(milliseconds=10)).probe()


async def test_what_a_receipt_says_any_database_can_keep(pigeon: Pigeon) -> None:
    pigeon.loft.returns = Receipt(reply=f"flown\r\n to\x00 {'x' * 900}", provider_id=7)  # type: ignore[arg-type]
    receipt = await deliver(SlottedTarget(pigeon))
    assert (receipt.reply[:12], len(receipt.reply), receipt.provider_id) == ("flown to\ufffd xx", 500, "7")


def test_of_what_is_no_address_the_destination_is_the_targets(pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pigeon, "destination", lambda address: {}[address])
    assert SlottedTarget(pigeon).destination("cellar") == ""


async def test_a_preview_prepares_and_delivers_nothing(pigeon: Pigeon) -> None:
    assert await SlottedTarget(pigeon).preview(NOTE, reference()) is None  # type: ignore[func-returns-value]
    assert pigeon.loft.done == ["prepare"]
    pigeon.loft.fail["prepare"] = InvalidMessage("too heavy")
    with pytest.raises(InvalidMessage, match="too heavy"):
        await SlottedTarget(pigeon).preview(NOTE, reference())
