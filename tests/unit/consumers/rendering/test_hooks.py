"""What the app's hooks see before and after a delivery, and what becomes of what they say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from columba_consumers import DeliveryOutcome, EmailMessage, Veto
from columba_consumers.app import App, Hook, Renderer, When
from columba_consumers.rendering import EMAIL_PARTS, Rendering, RenderingSettings
from columba_consumers.rendering.errors import RendererFailed, Vetoed, WrongMessage
from columba_shared.event import Event, Recipient
from columba_shared.identity import event_id
from columba_shared.state import State
from msgspec.structs import replace

BOB = Recipient(address="bob@example.org")
EVENT = Event(
    id=event_id(), kind="invoice.ready", target="email", to=(BOB,), created_at=datetime(2026, 3, 1, tzinfo=UTC)
)
SAID = EmailMessage(subject="s", text="t")


def hook(function: object, pattern: str = "*", target: str | None = None) -> Hook:
    return Hook(pattern=pattern, target=target, function=function)  # type: ignore[arg-type]


def adding(word: str) -> object:
    def add(message: EmailMessage, _event: object, _recipient: object) -> EmailMessage:
        return replace(message, subject=message.subject + word)

    return add


def fails(*_: object) -> None:
    raise KeyError("customer")


def objects(*_: object) -> None:
    raise Veto("not on a Sunday")


@asynccontextmanager
async def hooked(*hooks: Hook, when: When = When.BEFORE, said: EmailMessage | None = SAID) -> AsyncIterator[Rendering]:
    """Rendering whose app has these hooks."""
    renderer = Renderer(pattern="*", target="email", function=lambda *_: said)
    rendering = Rendering(
        app=App(renderers={("*", "email"): renderer}, hooks={when: hooks}),
        targets={"email": EMAIL_PARTS},
        settings=RenderingSettings(folder=Path("nowhere")),
    )
    rendering.open()
    yield rendering
    await rendering.close()


async def subject(rendering: Rendering) -> str:
    message = await rendering.render(EVENT, BOB)
    assert isinstance(message, EmailMessage)
    return message.subject


async def test_a_hook_may_change_the_message() -> None:
    async with hooked(hook(adding("!"))) as rendering:
        assert await subject(rendering) == "s!"


async def test_the_most_general_is_called_first() -> None:
    hooks = (
        hook(adding("c"), "invoice.ready"),
        hook(adding("a")),
        hook(adding("b"), "invoice.*"),
        hook(adding("z"), "x"),
    )
    async with hooked(*hooks) as rendering:
        assert await subject(rendering) == "sabc"


async def test_another_targets_messages_are_not_its_affair() -> None:
    async with hooked(hook(adding("!"), target="sms"), hook(adding("?"), target="email")) as rendering:
        assert await subject(rendering) == "s?"


async def test_a_hook_that_returns_nothing_leaves_the_message_as_it_is() -> None:
    seen: list[object] = []
    async with hooked(hook(lambda *given: seen.extend(given))) as rendering:
        assert await subject(rendering) == "s"
    assert seen == [SAID, EVENT, BOB]


async def test_a_veto_says_whose_it_is_and_why() -> None:
    async with hooked(hook(objects)) as rendering:
        with pytest.raises(Vetoed, match=r"^vetoed by .*test_hooks:objects: not on a Sunday$"):
            await rendering.render(EVENT, BOB)


async def test_what_nobody_says_is_shown_to_no_hook() -> None:
    async with hooked(hook(fails), said=None) as rendering:
        assert await rendering.render(EVENT, BOB) is None


async def test_a_hook_that_fails_is_named() -> None:
    async with hooked(hook(fails)) as rendering:
        with pytest.raises(RendererFailed, match=r"KeyError: 'customer' in .*test_hooks:fails"):
            await rendering.render(EVENT, BOB)


@pytest.mark.parametrize("error", [asyncio.CancelledError("a task of the app"), KeyboardInterrupt(), GeneratorExit()])
async def test_nothing_that_a_hook_raises_ends_whoever_called_it(error: BaseException) -> None:
    def ends(*_: object) -> None:
        raise error

    async with hooked(hook(ends)) as rendering:
        with pytest.raises(RendererFailed, match=type(error).__name__):
            await rendering.render(EVENT, BOB)


async def test_a_task_of_the_apps_that_is_cancelled_is_a_failure_of_the_app() -> None:
    async def waits(*_: object) -> None:
        theirs = asyncio.ensure_future(asyncio.sleep(60))
        theirs.cancel()
        await theirs

    async with hooked(hook(waits)) as rendering:
        with pytest.raises(RendererFailed, match="CancelledError in "):
            await rendering.render(EVENT, BOB)


async def test_a_hook_that_makes_something_else_is_named() -> None:
    async with hooked(hook(lambda *_: "hello")) as rendering:
        with pytest.raises(
            WrongMessage, match="returned str: before_delivery for email returns RawEmail, EmailMessage or"
        ):
            await rendering.render(EVENT, BOB)


def outcome() -> DeliveryOutcome:
    return DeliveryOutcome(
        event=EVENT,
        recipient=BOB,
        delivery_id=uuid4(),
        state=State.SENT,
        stage="deliver",
        reason=None,
        reply="250 ok",
        provider_id="1",
        attempts=1,
        next_at=None,
    )


async def test_everybody_is_told_although_one_fails() -> None:
    seen: list[object] = []
    told = outcome()
    async with hooked(hook(fails), hook(seen.append), when=When.AFTER) as rendering:
        failed = await rendering.tell(told)
    assert seen == [told]
    ((name, problem),) = failed.items()
    assert name.endswith("test_hooks:fails")
    assert problem.startswith("KeyError: 'customer' in ")


async def test_nobody_waits_for_what_no_hook_fits() -> None:
    async with hooked(hook(fails, "order.*"), when=When.AFTER) as rendering:
        assert not rendering.is_awaited(EVENT)
