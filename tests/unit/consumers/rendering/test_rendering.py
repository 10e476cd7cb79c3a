"""Who renders an event, and what becomes of what it returns or raises."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from columba_consumers.app import App, Renderer
from columba_consumers.email_message import EmailMessage
from columba_consumers.rendering import EMAIL_PARTS, RenderError, Rendering, RenderingSettings, templates
from columba_consumers.rendering.errors import (
    NothingToRenderWith,
    RendererFailed,
    RendererTooSlow,
    RenderingStopped,
    VariableMissing,
    WrongMessage,
)
from columba_consumers.rendering.folder import Files, read
from columba_shared.event import Event, Recipient

EventOf = Callable[..., Event]
Function = Callable[[Event, Recipient], Any]

HELLO = EmailMessage(subject="Hello", text="from the app")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the templates of one kind."""
    (tmp_path / "invoice.ready").mkdir()
    (tmp_path / "invoice.ready" / "email.subject.txt").write_text("Invoice {{ number }}\n")
    (tmp_path / "invoice.ready" / "email.txt").write_text("For {{ recipient.name }}")
    return tmp_path


@asynccontextmanager
async def rendering(
    function: Function | None = None, *, folder: Path = Path("nowhere"), deadline: timedelta = timedelta(seconds=10)
) -> AsyncIterator[Rendering]:
    app = App.empty()
    if function is not None:
        app = App(renderers={("*", "email"): Renderer(pattern="*", target="email", function=function)})
    opened = Rendering(
        app=app, targets={"email": EMAIL_PARTS}, settings=RenderingSettings(folder=folder, deadline=deadline)
    )
    opened.open()
    yield opened
    await opened.close()


async def test_a_template_that_was_just_mended_is_used_at_once(
    folder: Path, event_of: EventOf, recipient: Recipient
) -> None:
    template = folder / "invoice.ready" / "email.txt"
    template.write_text("{{ misspelt }}")
    async with rendering(folder=folder) as made:
        with pytest.raises(VariableMissing):
            await made.render(event_of({"number": 42}), recipient)
        template.write_text("mended")
        message = await made.render(event_of({"number": 42}), recipient)
    assert message == EmailMessage(subject="Invoice 42", text="mended")


async def test_all_who_failed_side_by_side_get_the_mended_template(
    folder: Path, event_of: EventOf, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking at the folder takes a while here, so that several threads are at it with what was there before."""
    template = folder / "invoice.ready" / "email.txt"
    template.write_text("{{ misspelt }}")

    def read_slowly(folder: Path, *, known: Files) -> Files:
        found = read(folder, known=known)
        time.sleep(0.02)
        return found

    monkeypatch.setattr(templates, "read", read_slowly)
    async with rendering(folder=folder) as made:
        with pytest.raises(VariableMissing):
            await made.render(event_of({"number": 42}), recipient)
        template.write_text("mended")

        async def render_after(seconds: float) -> object:
            await asyncio.sleep(seconds)
            return await made.render(event_of({"number": 42}), recipient)

        messages = await asyncio.gather(*(render_after(number / 2000) for number in range(40)))
    assert messages == [EmailMessage(subject="Invoice 42", text="mended")] * 40


async def test_templates_render_when_the_app_has_no_renderer(
    folder: Path, event_of: EventOf, recipient: Recipient
) -> None:
    async with rendering(folder=folder) as made:
        message = await made.render(event_of({"number": 42}), recipient)
    assert message == EmailMessage(subject="Invoice 42", text="For Bob")


async def test_the_apps_renderer_goes_before_templates(folder: Path, event_of: EventOf, recipient: Recipient) -> None:
    async with rendering(lambda _event, _recipient: HELLO, folder=folder) as made:
        assert await made.render(event_of(), recipient) is HELLO


async def test_a_renderer_gets_the_event_and_the_recipient(event_of: EventOf, recipient: Recipient) -> None:
    seen: list[object] = []
    event = event_of()
    async with rendering(lambda *args: seen.extend(args)) as made:
        await made.render(event, recipient)
    assert seen == [event, recipient]


async def test_a_plain_function_works_off_the_event_loop(event_of: EventOf, recipient: Recipient) -> None:
    idents: list[int] = []
    async with rendering(lambda *_: idents.append(threading.get_ident())) as made:
        await made.render(event_of(), recipient)
    assert idents != [threading.get_ident()]


async def test_templates_work_off_the_event_loop(folder: Path, event_of: EventOf, recipient: Recipient) -> None:
    class Spy:
        def __str__(self) -> str:
            return str(threading.get_ident())

    async with rendering(folder=folder) as made:
        message = await made.render(event_of({"number": Spy()}), recipient)
    assert isinstance(message, EmailMessage)
    assert message.subject != f"Invoice {threading.get_ident()}"


async def test_a_coroutine_function_is_awaited_in_the_event_loop(event_of: EventOf, recipient: Recipient) -> None:
    loops: list[object] = []

    async def render(_event: Event, _recipient: Recipient) -> EmailMessage:
        loops.append(asyncio.get_running_loop())
        return HELLO

    async with rendering(render) as made:
        assert await made.render(event_of(), recipient) is HELLO
    assert loops == [asyncio.get_running_loop()]


async def test_a_function_that_returns_an_awaitable_is_awaited(event_of: EventOf, recipient: Recipient) -> None:
    async def later() -> EmailMessage:
        return HELLO

    async with rendering(lambda _event, _recipient: later()) as made:
        assert await made.render(event_of(), recipient) is HELLO


async def test_none_means_nothing_to_say(event_of: EventOf, recipient: Recipient) -> None:
    async with rendering(lambda _event, _recipient: None) as made:
        assert await made.render(event_of(), recipient) is None


@pytest.mark.parametrize("returned", ["text", {"subject": "x"}, False, EmailMessage])
async def test_anything_else_returned_is_refused_with_renderer_and_type(
    event_of: EventOf, recipient: Recipient, returned: object
) -> None:
    async with rendering(lambda _event, _recipient: returned) as made:
        with pytest.raises(WrongMessage) as caught:
            await made.render(event_of(), recipient)
    assert f"{__name__}:" in caught.value.description
    assert type(returned).__name__ in caught.value.description
    assert "EmailMessage or None" in caught.value.description
    assert caught.value.permanent


async def fails_later(_event: Event, _recipient: Recipient) -> None:
    raise KeyError("x")


def fails(_event: Event, _recipient: Recipient) -> None:
    raise KeyError("x")


@pytest.mark.parametrize("function", [fails, fails_later])
async def test_what_a_renderer_raises_is_temporary_and_told_in_one_line(
    event_of: EventOf, recipient: Recipient, function: Function
) -> None:
    async with rendering(function) as made:
        with pytest.raises(RendererFailed) as caught:
            await made.render(event_of(), recipient)
    assert caught.value.description == f"KeyError: 'x' in {__name__}:{function.__name__}"
    assert isinstance(caught.value.__cause__, KeyError)
    assert not caught.value.permanent
    assert caught.value.spends_attempt


@pytest.mark.parametrize("error", [SystemExit(1), StopIteration(), TimeoutError(), RuntimeError("two\nlines")])
async def test_whatever_a_renderer_raises_is_only_a_failed_render(
    event_of: EventOf, recipient: Recipient, error: BaseException
) -> None:
    def fail(_event: Event, _recipient: Recipient) -> None:
        raise error

    async with rendering(fail) as made:
        with pytest.raises(RendererFailed) as caught:
            await made.render(event_of(), recipient)
    assert type(error).__name__ in caught.value.description
    assert "\n" not in caught.value.description


async def test_a_coroutine_that_is_not_done_at_its_deadline_is_too_slow(
    event_of: EventOf, recipient: Recipient
) -> None:
    async def wait(_event: Event, _recipient: Recipient) -> None:
        await asyncio.Event().wait()

    async with rendering(wait, deadline=timedelta(milliseconds=10)) as made:
        with pytest.raises(RendererTooSlow, match=r"wait was not done after 0\.01 s"):
            await made.render(event_of(), recipient)


async def test_a_function_that_is_not_done_at_its_deadline_is_too_slow(event_of: EventOf, recipient: Recipient) -> None:
    release = threading.Event()
    async with rendering(lambda *_: release.wait(10), deadline=timedelta(milliseconds=10)) as made:
        with pytest.raises(RendererTooSlow):
            await made.render(event_of(), recipient)
        release.set()


async def test_a_timeout_of_the_apps_own_is_no_missed_deadline(event_of: EventOf, recipient: Recipient) -> None:
    async def fail(_event: Event, _recipient: Recipient) -> None:
        raise TimeoutError("the shop's database")

    async with rendering(fail) as made:
        with pytest.raises(RendererFailed, match="TimeoutError: the shop's database"):
            await made.render(event_of(), recipient)


async def test_a_cancelled_render_is_cancelled_and_no_failure(event_of: EventOf, recipient: Recipient) -> None:
    started = asyncio.Event()

    async def wait(_event: Event, _recipient: Recipient) -> None:
        started.set()
        await asyncio.Event().wait()

    async with rendering(wait) as made:
        task = asyncio.ensure_future(made.render(event_of(), recipient))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_without_renderer_and_templates_the_error_says_what_would_serve(
    event_of: EventOf, recipient: Recipient
) -> None:
    async with rendering() as made:
        with pytest.raises(NothingToRenderWith, match=r"email\.subject\.txt.*@renderer\(\"invoice\.ready\""):
            await made.render(event_of({"number": 1}), recipient)


async def test_a_target_that_is_not_here_is_named_with_those_that_are(event_of: EventOf, recipient: Recipient) -> None:
    async with rendering() as made:
        with pytest.raises(NothingToRenderWith, match="no target sms here; known: email"):
            await made.render(event_of(target="sms"), recipient)


async def test_an_error_of_a_template_arrives_as_it_is(folder: Path, event_of: EventOf, recipient: Recipient) -> None:
    async with rendering(folder=folder) as made:
        with pytest.raises(VariableMissing, match="number"):
            await made.render(event_of(), recipient)


async def test_many_renders_at_once_each_get_their_own(folder: Path, event_of: EventOf, recipient: Recipient) -> None:
    async with rendering(folder=folder) as made:
        messages = await asyncio.gather(*(made.render(event_of({"number": n}), recipient) for n in range(300)))
    assert [message.subject for message in messages if isinstance(message, EmailMessage)] == [
        f"Invoice {n}" for n in range(300)
    ]


async def test_the_version_of_templates_is_known(folder: Path) -> None:
    async with rendering(folder=folder) as made:
        version = await made.version("invoice.ready", "email")
    assert version is not None
    assert len(version) == 16


async def test_what_the_app_renders_has_no_version(folder: Path) -> None:
    async with rendering(fails, folder=folder) as made:
        assert await made.version("invoice.ready", "email") is None


async def test_after_closing_nothing_is_rendered(folder: Path, event_of: EventOf, recipient: Recipient) -> None:
    async with rendering(folder=folder) as made:
        pass
    with pytest.raises(RenderingStopped) as caught:
        await made.render(event_of({"number": 1}), recipient)
    assert isinstance(caught.value, RenderError)
    assert not caught.value.spends_attempt
