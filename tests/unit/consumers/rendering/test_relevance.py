"""What the app is asked at the last second, and what becomes of its answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from columba_consumers.app import App
from columba_consumers.app.app import Relevance
from columba_consumers.rendering import EMAIL_PARTS, Rendering, RenderingSettings
from columba_consumers.rendering.errors import RendererFailed, RendererTooSlow
from columba_shared.event import Event, Recipient

EventOf = Callable[..., Event]


@asynccontextmanager
async def asking(
    function: Callable[..., Any], *, takes_recipient: bool = True, deadline: timedelta = timedelta(seconds=10)
) -> AsyncIterator[Rendering]:
    """Rendering whose app is asked by this function about every invoice."""
    asked = Relevance(pattern="invoice.*", function=function, takes_recipient=takes_recipient)
    rendering = Rendering(
        app=App(relevances={asked.pattern: asked}),
        targets={"email": EMAIL_PARTS},
        settings=RenderingSettings(folder=Path("nowhere"), deadline=deadline),
    )
    rendering.open()
    yield rendering
    await rendering.close()


async def _later(answer: object) -> object:
    await asyncio.sleep(0)
    return answer


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("awaited", [False, True])
async def test_the_apps_answer_counts(answer: bool, awaited: bool, event_of: EventOf, recipient: Recipient) -> None:  # noqa: FBT001 - answers
    async with asking(lambda *_: _later(answer) if awaited else answer) as rendering:
        assert await rendering.is_relevant(event_of(), recipient) is answer


async def test_a_kind_of_which_nobody_was_asked_to_say_is_relevant(event_of: EventOf, recipient: Recipient) -> None:
    async with asking(lambda *_: False) as rendering:
        assert await rendering.is_relevant(event_of(kind="newsletter"), recipient)


@pytest.mark.parametrize("takes_recipient", [True, False])
async def test_it_gets_what_it_takes(
    takes_recipient: bool,  # noqa: FBT001 - a case
    event_of: EventOf,
    recipient: Recipient,
) -> None:
    seen: list[object] = []

    def wanted(*arguments: object) -> bool:
        seen.extend(arguments)
        return True

    event = event_of()
    async with asking(wanted, takes_recipient=takes_recipient) as rendering:
        await rendering.is_relevant(event, recipient)
    assert seen == ([event, recipient] if takes_recipient else [event])


async def test_about_a_whole_audience_only_who_takes_the_event_alone_is_asked(event_of: EventOf) -> None:
    async with asking(lambda _event: False, takes_recipient=False) as rendering:
        assert not await rendering.is_relevant(event_of(), None)
    async with asking(lambda _event, _recipient: False, takes_recipient=True) as rendering:
        assert await rendering.is_relevant(event_of(), None)


@pytest.mark.parametrize("answer", [None, 0, 1, "yes"])
async def test_what_is_neither_true_nor_false_is_no_answer(
    answer: object, event_of: EventOf, recipient: Recipient
) -> None:
    async with asking(lambda *_: answer) as rendering:
        with pytest.raises(RendererFailed, match="still_relevant is True or False"):
            await rendering.is_relevant(event_of(), recipient)


async def test_what_it_raises_is_told_with_its_name(event_of: EventOf, recipient: Recipient) -> None:
    def wanted(_event: Event, _recipient: Recipient) -> bool:
        raise KeyError("number")

    async with asking(wanted) as rendering:
        with pytest.raises(RendererFailed, match=r"KeyError: 'number' in .*wanted") as caught:
            await rendering.is_relevant(event_of(), recipient)
    assert not caught.value.permanent


async def test_an_app_that_does_not_answer_is_not_waited_for(event_of: EventOf, recipient: Recipient) -> None:
    async def wanted(_event: Event, _recipient: Recipient) -> bool:
        await asyncio.Event().wait()
        return True

    async with asking(wanted, deadline=timedelta(seconds=0.01)) as rendering:
        with pytest.raises(RendererTooSlow, match="wanted"):
            await rendering.is_relevant(event_of(), recipient)
