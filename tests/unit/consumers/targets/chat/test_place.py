"""A destination whose service takes its time to be made."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from columba_consumers.chat_message import ChatMessage
from columba_consumers.errors import NotBegun, TargetDown
from columba_consumers.targets.chat import place
from columba_consumers.targets.chat.place import Place
from columba_shared.settings.chat_destinations import ChatDestination


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have no service made until the test is over."""
    over = threading.Event()

    def service_of(*_: object, **__: object) -> None:
        over.wait(30)

    monkeypatch.setattr(place, "service_of", service_of)
    yield
    over.set()


@pytest.mark.usefixtures("never")
async def test_whoever_is_cancelled_while_others_have_their_turn_has_asked_nobody() -> None:
    ops = Place(ChatDestination(name="ops", url="json://localhost"), patience=30)
    waiting = [asyncio.create_task(ops.say(ChatMessage(text="hello"))) for _ in range(2)]
    await asyncio.sleep(0)
    for each in waiting:
        each.cancel()
        with pytest.raises(NotBegun):
            await each


@pytest.mark.usefixtures("never")
async def test_a_service_that_is_never_made_is_down_and_keeps_nobody_waiting_for_ever() -> None:
    ops = Place(ChatDestination(name="ops", url="json://localhost"), patience=0.05)
    with pytest.raises(TargetDown, match=r"could not be made within 0.05 s") as caught:
        await ops.say(ChatMessage(text="hello"))
    assert caught.value.destination == "ops"
    with pytest.raises(TargetDown, match="could not be made"):
        await ops.probe()
