"""Mails that a renderer makes of templates, in one call; and a text for those of HTML alone."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from columba_consumers.app import App, Renderer
from columba_consumers.email_message import EmailMessage
from columba_consumers.named_templates import email_from
from columba_consumers.rendering import EMAIL_PARTS, Rendering, RenderingSettings
from columba_consumers.rendering.errors import VariableMissing
from columba_shared.event import Event, Recipient

EventOf = Callable[..., Event]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with templates of one name."""
    (tmp_path / "invoice.ready").mkdir()
    (tmp_path / "invoice.ready" / "email.subject.txt").write_text("Invoice {{ number }}\n")
    (tmp_path / "invoice.ready" / "email.txt").write_text("For {{ recipient.name }}")
    return tmp_path


@asynccontextmanager
async def rendering(function: Callable[..., Any], *, folder: Path = Path("nowhere")) -> AsyncIterator[Rendering]:
    app = App(renderers={("*", "email"): Renderer(pattern="*", target="email", function=function)})
    opened = Rendering(app=app, targets={"email": EMAIL_PARTS}, settings=RenderingSettings(folder=folder))
    opened.open()
    yield opened
    await opened.close()


async def test_a_renderer_makes_a_mail_of_named_templates(
    folder: Path, event_of: EventOf, recipient: Recipient
) -> None:
    def of_templates(event: Event, recipient: Recipient) -> EmailMessage:
        return email_from("invoice.ready", event, recipient, context={"number": 43}, reply_to="desk@example.org")

    async def awaited(event: Event, recipient: Recipient) -> EmailMessage:
        return of_templates(event, recipient)

    for function in (of_templates, awaited):
        async with rendering(function, folder=folder) as opened:
            mail = await opened.render(event_of({"number": 42}, kind="any.kind"), recipient)
        assert mail == EmailMessage(subject="Invoice 43", text="For Bob", reply_to="desk@example.org")


async def test_what_named_templates_lack_is_told_as_ever(folder: Path, event_of: EventOf, recipient: Recipient) -> None:
    async with rendering(lambda *given: email_from("invoice.ready", *given), folder=folder) as opened:
        with pytest.raises(VariableMissing, match=r"invoice\.ready/email\.subject\.txt:1"):
            await opened.render(event_of(), recipient)


def test_named_templates_are_for_renderers_alone(event_of: EventOf, recipient: Recipient) -> None:
    with pytest.raises(RuntimeError, match="for the app's renderers"):
        email_from("invoice.ready", event_of(), recipient)


async def test_a_mail_of_html_alone_gets_a_text_after_all_hooks(event_of: EventOf, recipient: Recipient) -> None:
    async with rendering(lambda *_: EmailMessage(subject="s", html="<p>Hello</p>")) as opened:
        mail = await opened.render(event_of(), recipient)
    assert mail == EmailMessage(subject="s", html="<p>Hello</p>", text="Hello\n")
