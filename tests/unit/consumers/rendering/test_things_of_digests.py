"""What the events of a digest are about: templates see its data, a renderer the thing itself."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from columba_consumers import DigestEvent, EmailMessage, ToldEvent, email_from
from columba_consumers.app import App, Renderer
from columba_consumers.rendering import EMAIL_PARTS, Rendering, RenderingSettings
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.errors import TemplateFailed, TemplateForbidden, VariableMissing
from columba_shared.event import Recipient

BOB = Recipient(address="bob@example.org")
AT = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass
class Post:
    """Something of the app's, with a method that nobody's template is to call."""

    title: str

    def delete(self) -> str:
        """Stand for harm."""
        self.title = "deleted"
        return self.title


class Model:
    """Something of the app's that is no plain data, as an ORM's models are."""

    title = "from a model"


def digest(thing: object) -> DigestEvent:
    """Return a digest of one event, about this thing."""
    told = ToldEvent(id=UUID(int=1), created_at=AT, context={"text": "Hm."}, about="post:1", thing=thing)
    return DigestEvent(id=UUID(int=9), kind="said", target="email", to=(BOB,), created_at=AT, events=(told,))


@pytest.mark.parametrize("way", ["event.events[0].thing", "events[0].thing", "events[0].about"])
def test_templates_reach_no_method_of_what_an_event_is_about(edition_of: Callable[..., Edition], way: str) -> None:
    post = Post("A post")
    edition = edition_of({"said/email.subject.txt": "s", "said/email.txt": f"{{{{ {way}.delete() }}}}"})
    with pytest.raises((VariableMissing, TemplateForbidden, TemplateFailed)):
        edition.set_for("said", EMAIL_PARTS).render(digest(post), BOB)
    assert post.title == "A post"


def test_templates_see_the_data_of_what_each_event_is_about(edition_of: Callable[..., Edition]) -> None:
    text = "{{ event.events[0].context.text }} {{ events[0].about.title }}"
    edition = edition_of({"said/email.subject.txt": "s", "said/email.txt": text})
    mail = edition.set_for("said", EMAIL_PARTS).render(digest(Post("A post")), BOB)
    assert isinstance(mail, EmailMessage)
    assert mail.text == "Hm. A post"


@pytest.fixture
async def by_renderer(tmp_path: Path) -> AsyncIterator[Rendering]:
    """A renderer that tells of a model by templates which have no need of it."""
    (tmp_path / "said").mkdir()
    (tmp_path / "said" / "email.subject.txt").write_text("{{ title }}")
    (tmp_path / "said" / "email.txt").write_text("{% for each in events %}{{ each.context.text }}{% endfor %}")

    def say(event: DigestEvent, recipient: Recipient) -> EmailMessage:
        return email_from("said", event, recipient, context={"title": event.events[0].thing.title})

    app = App(renderers={("said", "email"): Renderer(pattern="said", target="email", function=say)})
    rendering = Rendering(app=app, targets={"email": EMAIL_PARTS}, settings=RenderingSettings(folder=tmp_path))
    rendering.open()
    yield rendering
    await rendering.close()


async def test_a_renderer_may_tell_of_models_by_templates_that_do_not_ask_for_them(by_renderer: Rendering) -> None:
    mail = await by_renderer.render(digest(Model()), BOB)
    assert mail == EmailMessage(subject="from a model", text="Hm.")
