"""What an event is about is looked up when it is rendered, and templates see nothing of it but data."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from columba_consumers import EmailMessage
from columba_consumers.app import App, Loader, Renderer
from columba_consumers.rendering import EMAIL_PARTS, Rendering, RenderingSettings
from columba_consumers.rendering.errors import RendererFailed, TemplateFailed, Vanished, VariableMissing
from columba_shared.event import Event, Recipient
from columba_shared.identity import event_id

BOB = Recipient(address="bob@example.org")


def event(about: str | None) -> Event:
    return Event(
        id=event_id(), kind="a", target="email", to=(BOB,), about=about, created_at=datetime(2026, 3, 1, tzinfo=UTC)
    )


@dataclass
class Line:
    """A part of an invoice."""

    price: Decimal


@dataclass
class Invoice:
    """A thing that has data and something that it can do."""

    number: int
    due: date = date(2026, 3, 1)
    lines: list[Line] = field(default_factory=lambda: [Line(price=Decimal("1.50"))])

    def delete(self) -> str:
        """Do harm."""
        return "deleted"


class Opaque:
    """No data."""


@asynccontextmanager
async def rendering_of(
    folder: Path,
    load: Callable[..., Any],
    *,
    text: str = "{{ about.number }}",
    say: Callable[..., Any] | None = None,
) -> AsyncIterator[Rendering]:
    """Rendering of an app with this loader and this renderer, or this template."""
    (folder / "a").mkdir()
    (folder / "a" / "email.subject.txt").write_text("s")
    (folder / "a" / "email.txt").write_text(text)
    loaders = {"invoice": Loader(sort="invoice", function=load)}
    renderers = (
        {} if say is None else {("a", "email"): Renderer(pattern="a", target="email", function=say, takes_about=True)}
    )
    rendering = Rendering(
        app=App(loaders=loaders, renderers=renderers),
        targets={"email": EMAIL_PARTS},
        settings=RenderingSettings(folder=folder),
    )
    rendering.open()
    yield rendering
    await rendering.close()


async def said(rendering: Rendering, about: str | None = "invoice:42") -> str:
    message = await rendering.render(event(about), BOB)
    assert isinstance(message, EmailMessage)
    return message.text or ""


async def test_it_is_looked_up_anew_for_every_delivery(tmp_path: Path) -> None:
    asked: list[str] = []

    def load(key: str) -> Invoice:
        asked.append(key)
        return Invoice(number=len(asked))

    async with rendering_of(tmp_path, load) as rendering:
        assert [await said(rendering), await said(rendering)] == ["1", "2"]
    assert asked == ["42", "42"]


async def test_what_is_gone_is_said_to_be(tmp_path: Path) -> None:
    async with rendering_of(tmp_path, lambda _: None) as rendering:
        with pytest.raises(Vanished, match=r"^invoice:42 is gone$"):
            await rendering.render(event("invoice:42"), BOB)


async def test_a_loader_that_fails_is_named(tmp_path: Path) -> None:
    async with rendering_of(tmp_path, lambda key: {}[key]) as rendering:
        with pytest.raises(RendererFailed, match=r"KeyError: '42' in .*test_about:"):
            await rendering.render(event("invoice:42"), BOB)


@pytest.mark.parametrize("about", [None, "invoice", "order:7"])
async def test_where_there_is_nothing_to_look_up_templates_miss_it(tmp_path: Path, about: str | None) -> None:
    async with rendering_of(tmp_path, Invoice) as rendering:
        with pytest.raises(VariableMissing, match="'about' is undefined"):
            await rendering.render(event(about), BOB)


async def test_a_renderer_gets_the_thing_itself_or_nothing_single(tmp_path: Path) -> None:
    seen: list[object] = []

    def say(_event: object, _recipient: object, about: object) -> EmailMessage:
        seen.append(about)
        return EmailMessage(subject="s", text="t")

    thing = Opaque()
    async with rendering_of(tmp_path, lambda _: thing, say=say) as rendering:
        await said(rendering)
        await said(rendering, "invoice")
    assert seen == [thing, None]


async def test_templates_see_what_is_in_it_with_dates_and_decimals(tmp_path: Path) -> None:
    text = "{{ about.due.year }} {{ about.lines[0].price + 1 }}"
    async with rendering_of(tmp_path, lambda _: Invoice(number=1), text=text) as rendering:
        assert await said(rendering) == "2026 2.50"


async def test_templates_reach_no_method_of_it(tmp_path: Path) -> None:
    async with rendering_of(tmp_path, lambda _: Invoice(number=1), text="{{ about.delete() }}") as rendering:
        with pytest.raises(VariableMissing, match="delete"):
            await rendering.render(event("invoice:42"), BOB)


@pytest.mark.parametrize("thing", [Opaque(), {"inside": Opaque()}])
async def test_what_is_no_data_is_refused_with_the_fix(tmp_path: Path, thing: object) -> None:
    async with rendering_of(tmp_path, lambda _: thing) as rendering:
        with pytest.raises(TemplateFailed, match="let its loader return a dict or a dataclass"):
            await rendering.render(event("invoice:42"), BOB)
