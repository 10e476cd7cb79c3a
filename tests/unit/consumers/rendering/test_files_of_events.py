"""Files that came with an event go with what is rendered of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from columba_consumers import EmailMessage, RawEmail
from columba_consumers.app import App, Hook, Renderer, When
from columba_consumers.hooks import Veto
from columba_consumers.rendering import EMAIL_PARTS, Rendering, RenderingSettings
from columba_consumers.rendering.errors import FileMissing, Vetoed, WrongMessage
from columba_shared.attachment import Attachment
from columba_shared.enclosure import Enclosure
from columba_shared.event import Event, FinishedMail
from msgspec.structs import replace

from tests.unit.consumers.rendering.conftest import BOB, EventOf

OWN = Attachment(name="own.txt", content=b"own")
HTML = EmailMessage(subject="s", text="t", html="<img src='cid:dot'>", attachments=(OWN,))
RAW = RawEmail(content=b"From: a@example.org\r\n\r\n")


@pytest.fixture
def event(event_of: EventOf) -> Event:
    """One with two files."""
    pdf = Enclosure(name="a.pdf", media_type="application/pdf", size=4, content=b"%PDF")
    dot = Enclosure(name="dot.png", cid="dot", size=3, content=b"PNG")
    return replace(event_of({"number": 7}), attachments=(pdf, dot))


@asynccontextmanager
async def rendering(app: App, folder: Path = Path("nowhere")) -> AsyncIterator[Rendering]:
    """Rendering for this app."""
    opened = Rendering(app=app, targets={"email": EMAIL_PARTS}, settings=RenderingSettings(folder=folder))
    opened.open()
    yield opened
    await opened.close()


def saying(message: object, *hooks: Hook) -> App:
    renderer = Renderer(pattern="*", target="email", function=lambda *_: message)
    return App(renderers={("*", "email"): renderer}, hooks={When.BEFORE: hooks})


async def test_they_stand_behind_those_of_the_renderer(event: Event) -> None:
    async with rendering(saying(HTML)) as opened:
        message = await opened.render(event, BOB)
    assert isinstance(message, EmailMessage)
    assert message.attachments == (
        OWN,
        Attachment(name="a.pdf", media_type="application/pdf", content=b"%PDF"),
        Attachment(name="dot.png", cid="dot", content=b"PNG"),
    )


async def test_they_go_with_what_templates_say(event: Event, tmp_path: Path) -> None:
    (tmp_path / event.kind).mkdir()
    (tmp_path / event.kind / "email.subject.txt").write_text("s")
    (tmp_path / event.kind / "email.txt").write_text("{{ number }}")
    async with rendering(App.empty(), tmp_path) as opened:
        message = await opened.render(event, BOB)
    assert isinstance(message, EmailMessage)
    assert message.text == "7"
    assert [(each.name, each.cid) for each in message.attachments] == [("a.pdf", None), ("dot.png", None)]


async def test_a_hook_may_leave_them_out(event: Event) -> None:
    hook = Hook(pattern="*", target=None, function=lambda message, *_: replace(message, attachments=()))
    async with rendering(saying(HTML, hook)) as opened:
        message = await opened.render(event, BOB)
    assert isinstance(message, EmailMessage)
    assert message.attachments == ()


@pytest.mark.parametrize("said", [RAW, None])
async def test_what_is_finished_and_what_is_not_said_stay_as_they_are(event: Event, said: object) -> None:
    async with rendering(saying(said)) as opened:
        assert await opened.render(event, BOB) == said


async def test_two_images_under_one_cid_are_told(event: Event) -> None:
    own = replace(HTML, attachments=(replace(OWN, cid="dot"),))
    async with rendering(saying(own)) as opened:
        with pytest.raises(WrongMessage, match="two have the cid dot"):
            await opened.render(event, BOB)


async def test_a_mail_that_an_event_brings_is_what_everybody_gets(event: Event) -> None:
    mail = Enclosure(name="mail.eml", size=len(RAW.content), content=RAW.content)
    brought = replace(event, attachments=(mail,), finished=FinishedMail(sender="a@example.org", account=("news",)))
    async with rendering(saying(HTML)) as opened:
        message = await opened.render(brought, BOB)
    assert message == RawEmail(content=RAW.content, sender="a@example.org", account=("news",))


async def test_a_hook_may_veto_a_mail_that_an_event_brings(event: Event) -> None:
    def veto(*_: object) -> None:
        raise Veto("no")

    mail = Enclosure(name="mail.eml", size=len(RAW.content), content=RAW.content)
    async with rendering(saying(HTML, Hook(pattern="*", target=None, function=veto))) as opened:
        with pytest.raises(Vetoed):
            await opened.render(replace(event, attachments=(mail,), finished=FinishedMail()), BOB)


async def test_a_mail_that_is_gone_is_not_told_otherwise(event: Event) -> None:
    async with rendering(saying(HTML)) as opened:
        with pytest.raises(FileMissing, match="has lost the mail"):
            await opened.render(replace(event, attachments=(), finished=FinishedMail()), BOB)
