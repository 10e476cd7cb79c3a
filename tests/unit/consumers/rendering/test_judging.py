"""What the app's error policy is asked, and what becomes of its answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from columba_consumers.app import App, ErrorPolicy
from columba_consumers.errors import Permanent, Temporary
from columba_consumers.rendering import EMAIL_PARTS, Rendering, RenderingSettings
from columba_consumers.rendering.errors import RendererFailed, RendererTooSlow
from columba_consumers.targets.target import DeliveryRef

REFUSED = Permanent("550 no")
LATER = Temporary("550 later")
DELIVERY = DeliveryRef(id=uuid4(), event_id=uuid4(), kind="a.b", address="bob@example.org", name=None, attempt=1)


@asynccontextmanager
async def judging(
    function: Callable[..., Any], *, deadline: timedelta = timedelta(seconds=10)
) -> AsyncIterator[Rendering]:
    """Rendering whose app judges the errors of email by this function."""
    rendering = Rendering(
        app=App(error_policies={"email": ErrorPolicy(target="email", function=function)}),
        targets={"email": EMAIL_PARTS},
        settings=RenderingSettings(folder=Path("nowhere"), deadline=deadline),
    )
    rendering.open()
    yield rendering
    await rendering.close()


async def later(*_: object) -> Temporary:
    await asyncio.sleep(0)
    return LATER


@pytest.mark.parametrize("function", [lambda *_: LATER, later])
async def test_the_policys_error_is_taken_in_its_place(function: Callable[..., Any]) -> None:
    async with judging(function) as rendering:
        assert await rendering.judged(REFUSED, DELIVERY, target="email") is LATER


async def test_it_gets_the_error_and_the_delivery() -> None:
    seen: list[object] = []
    async with judging(lambda *given: seen.extend(given)) as rendering:
        assert await rendering.judged(REFUSED, DELIVERY, target="email") is None
    assert seen == [REFUSED, DELIVERY]


async def test_another_targets_errors_are_not_its_affair() -> None:
    async with judging(lambda *_: LATER) as rendering:
        assert await rendering.judged(REFUSED, DELIVERY, target="sms") is None


async def test_what_is_no_error_of_columbas_is_no_answer() -> None:
    async with judging(lambda *_: ValueError("x")) as rendering:
        with pytest.raises(RendererFailed, match="returned ValueError: error_policy returns a DeliveryError or None"):
            await rendering.judged(REFUSED, DELIVERY, target="email")


async def test_it_is_given_up_at_its_deadline() -> None:
    async with judging(lambda *_: asyncio.sleep(60), deadline=timedelta(seconds=0.05)) as rendering:
        with pytest.raises(RendererTooSlow):
            await rendering.judged(REFUSED, DELIVERY, target="email")
