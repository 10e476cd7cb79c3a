"""When one of a digest's events breaks what tells them all, the failure names that one."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from columba_consumers import DigestEvent, EmailMessage, ToldEvent
from columba_consumers.app import App, Renderer
from columba_consumers.rendering import EMAIL_PARTS, Rendering, RenderingSettings
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.errors import RendererFailed, TemplateFailed, VariableMissing
from columba_shared.event import Event, Recipient

EditionOf = Callable[..., Edition]

BOB = Recipient(address="bob@example.org")
AT = datetime(2026, 11, 21, tzinfo=UTC)
GOOD, BAD, LATE = (UUID(int=number) for number in (1, 2, 3))
OF_BAD = f"said {BAD}: said/email.txt:1: "
LOOP = "{{% for each in events %}}{}{{% endfor %}}"


def told(key: UUID, context: dict[str, Any], **more: Any) -> ToldEvent:  # noqa: ANN401 - as the class has them
    return ToldEvent(id=key, created_at=AT, context=context, **more)


def digest(*events: ToldEvent) -> DigestEvent:
    return DigestEvent(id=UUID(int=9), kind="said", target="email", to=(BOB,), created_at=AT, events=events)


SEVERAL = digest(
    told(GOOD, {"text": "a", "words": ["b"]}), told(BAD, {"words": [1], "text": None}), told(LATE, {"text": "c"})
)


def refused(edition_of: EditionOf, text: str, event: Event = SEVERAL, **files: str) -> str:
    """Return why these templates cannot say the event."""
    others = {f"_part/{name}.txt": content for name, content in files.items()}
    edition = edition_of({"said/email.subject.txt": "s", "said/email.txt": text, **others})
    with pytest.raises((VariableMissing, TemplateFailed)) as raised:
        edition.set_for("said", EMAIL_PARTS).render(event, BOB)
    assert str(raised.value) == raised.value.description
    return raised.value.description


MISSING = digest(told(GOOD, {"text": "a"}), told(BAD, {}), told(LATE, {"text": "c"}))


@pytest.mark.parametrize(
    "text",
    [
        LOOP.format("{{ each.context.text }}"),
        LOOP.format("{% if not loop.last %}{{ each.context.text }}{% endif %}"),
        "{% for each in events | sort(attribute='id', reverse=true) %}{{ each.context.text }}{% endfor %}",
        "{{ events | map(attribute='context.text') | join(', ') }}",
        "{% for context in events | map(attribute='context') %}{{ context.text }}{% endfor %}",
        "{{ events[1].context.text }}{% set first = events[0] %}",
        "{% macro line(one) %}{{ one.context.text }}{% endmacro %}" + LOOP.format("{{ line(each) }}"),
        "{% for a in events %}{% for b in events %}{{ b.context.text }}{% endfor %}{% endfor %}",
    ],
)
def test_an_event_that_lacks_what_templates_tell_of_each_is_named(edition_of: EditionOf, text: str) -> None:
    assert refused(edition_of, text, MISSING).startswith(f"{OF_BAD}'dict object' has no attribute 'text'")


@pytest.mark.parametrize(
    "text",
    [
        LOOP.format("{{ each.context.text.upper() }}"),
        LOOP.format("{% for word in each.context.words %}{{ word | urlencode | number }}{{ 'a' + word }}{% endfor %}"),
        LOOP.format("{{ each.context.text | number }}").replace("events", "events[1:]"),
    ],
)
def test_an_event_of_which_something_is_not_as_it_should_be_is_named(edition_of: EditionOf, text: str) -> None:
    event = digest(*SEVERAL.events[1:]) if "words" in text else SEVERAL
    assert refused(edition_of, text, event).startswith(OF_BAD)


def test_an_event_is_named_where_another_template_tells_of_it(edition_of: EditionOf) -> None:
    found = refused(edition_of, LOOP.format("{% include '_part/one.txt' %}"), MISSING, one="\n{{ each.context.text }}")
    assert found == f"said {BAD}: _part/one.txt:2: 'dict object' has no attribute 'text'"


@pytest.mark.parametrize("text", ["{{ title }}", LOOP.format("{{ title }}"), LOOP.format("-") + "{{ 1 / 0 }}"])
def test_what_is_no_events_fault_is_blamed_on_none(edition_of: EditionOf, text: str) -> None:
    assert refused(edition_of, text).startswith("said/email.txt:1: ")


def test_what_is_about_something_that_no_loader_finds_is_named_with_the_loader(edition_of: EditionOf) -> None:
    event = digest(told(GOOD, {}, about="post:1", thing={"title": "t"}), told(BAD, {}, about="comment:7"))
    assert refused(edition_of, LOOP.format("{{ each.about.title }}"), event) == (
        f"{OF_BAD}'dict object' has no attribute 'about': it is about comment:7, "
        'and the module of COLUMBA_APP has no @loader("comment")'
    )


def test_what_is_found_and_is_no_data_is_named(edition_of: EditionOf) -> None:
    event = digest(told(GOOD, {}), told(BAD, {}, about="post:1", thing=object()))
    assert refused(edition_of, "{{ events[1].about }}", event).startswith(f"said {BAD}: post:1 is a object, ")


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ("order:7", ': it is about order:7, and the module of COLUMBA_APP has no @loader("order")'),
        ("order", ": it is about order, which names a sort alone, and no single one such as order:42"),
        (None, ""),
    ],
)
def test_an_event_told_alone_says_as_well_which_loader_it_lacks(
    edition_of: EditionOf, about: str | None, why: str
) -> None:
    event = Event(id=GOOD, kind="said", target="email", to=(BOB,), created_at=AT, about=about)
    found = refused(edition_of, "{{ about.number }}", event)
    assert found == f"said/email.txt:1: 'about' is undefined{why}"


async def test_a_renderer_that_fails_over_one_of_them_names_it(tmp_path: Path) -> None:
    def say(event: DigestEvent, _: Recipient) -> EmailMessage:
        return EmailMessage(subject="s", text="".join(each.context["text"] for each in event.events))

    app = App(renderers={("said", "email"): Renderer(pattern="said", target="email", function=say)})
    rendering = Rendering(app=app, targets={"email": EMAIL_PARTS}, settings=RenderingSettings(folder=tmp_path))
    rendering.open()
    with pytest.raises(RendererFailed) as raised:
        await rendering.render(MISSING, BOB)
    await rendering.close()
    assert raised.value.description.startswith(f"said {BAD}: KeyError: 'text' in ")
