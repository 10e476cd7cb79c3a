"""A destination whose service takes its time to be made."""

import threading
from collections.abc import Iterator

import pytest
from columba_consumers.chat_message import ChatMessage
from columba_consumers.errors import TargetDown
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
async def test_a_service_that_is_never_made_is_down_and_keeps_nobody_waiting_for_ever() -> None:
    ops = Place(ChatDestination(name="ops", url="json://localhost"), patience=0.05)
    with pytest.raises(TargetDown, match=r"could not be made within 0.05 s") as caught:
        await ops.say(ChatMessage(text="hello"))
    assert caught.value.destination == "ops"
    with pytest.raises(TargetDown, match="could not be made"):
        await ops.probe()
