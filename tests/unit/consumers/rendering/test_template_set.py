"""What templates make of an event and a recipient."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.rendering import EMAIL_PARTS, MessageParts, Part
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.errors import (
    TemplateBroken,
    TemplateFailed,
    TemplateMissing,
    VariableMissing,
)
from columba_shared.event import Event, Recipient

EditionOf = Callable[..., Edition]
EventOf = Callable[..., Event]
Render = Callable[..., EmailMessage]
TextOf = Callable[..., str]

SUBJECT = "invoice.ready/email.subject.txt"
TEXT = "invoice.ready/email.txt"
HTML = "invoice.ready/email.html"
MARKUP = "<b>Fish & Chips</b>"


def test_each_file_becomes_its_part(render: Render) -> None:
    made = render({SUBJECT: "S {{ n }}", TEXT: "T {{ n }}", HTML: "H {{ n }}"}, {"n": 1})
    assert made == EmailMessage(subject="S 1", text="T 1", html="H 1")


def test_a_part_without_a_file_is_left_out(render: Render) -> None:
    assert render({HTML: "H"}).text is None


def test_values_are_escaped_in_html(render: Render) -> None:
    assert render({HTML: "{{ x }}"}, {"x": MARKUP}).html == "&lt;b&gt;Fish &amp; Chips&lt;/b&gt;"


def test_values_are_not_escaped_in_plain_text(render: Render) -> None:
    made = render({SUBJECT: "{{ x }}", TEXT: "{{ x }}"}, {"x": MARKUP})
    assert (made.subject, made.text) == (MARKUP, MARKUP)


def test_joined_values_are_escaped_in_html_like_any_other(render: Render) -> None:
    template = "{{ x ~ '<i>' }}|{{ ('<p>'|safe) ~ x }}|{{ [x]|join('<br>') }}"
    made = render({HTML: template}, {"x": "<b>"})
    assert made.html == "&lt;b&gt;&lt;i&gt;|<p>&lt;b&gt;|&lt;b&gt;"


def test_xml_is_escaped(edition_of: EditionOf, event_of: EventOf, recipient: Recipient) -> None:
    class Export(dict[str, Any]):
        pass

    parts = MessageParts(target="files", message=Export, parts=(Part(field="body", file="files.xml", required=True),))
    made = edition_of({"a/files.xml": "<x>{{ x }}</x>"}).set_for("a", parts).render(event_of({"x": "&"}), recipient)
    assert made == {"body": "<x>&amp;</x>"}


@pytest.mark.parametrize("template", ["Hello\n", "\n  Hello  \n\n", "{% if true %}\nHello\n{% endif %}\n"])
def test_a_subject_is_stripped(render: Render, template: str) -> None:
    assert render({SUBJECT: template, TEXT: ""}).subject == "Hello"


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\n\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_a_subject_is_one_line_whatever_a_value_holds(render: Render, break_: str) -> None:
    made = render({SUBJECT: "{{ x }}", TEXT: ""}, {"x": f"one{break_}Bcc: two"})
    assert made.subject == "one Bcc: two"


def test_a_text_ends_as_its_file_does(text_of: TextOf) -> None:
    assert text_of("one\n") == "one\n"
    assert text_of("one") == "one"


def test_a_line_that_holds_only_a_tag_leaves_no_line(text_of: TextOf) -> None:
    assert text_of("a\n  {% if true %}\nb\n  {% endif %}\nc\n") == "a\nb\nc\n"


def test_the_recipients_context_lies_over_the_events(text_of: TextOf) -> None:
    assert text_of("{{ discount }} {{ n }}", {"discount": 0, "n": 1}) == "5 1"


def test_event_and_recipient_are_always_columbas_own(text_of: TextOf) -> None:
    context = {"event": "concert", "recipient": "nobody"}
    text = text_of("{{ event.kind }} {{ recipient.address }} {{ event.context.event }}", context)
    assert text == "invoice.ready bob@example.org concert"


def test_a_context_may_use_the_name_of_a_function(text_of: TextOf) -> None:
    assert text_of("{{ range }}", {"range": "10 km"}) == "10 km"


@pytest.mark.parametrize(
    "template",
    [
        "{{ number }}",
        "{% if number %}{% endif %}",
        "{% for x in number %}{% endfor %}",
        "{{ number ~ '' }}",
        "{{ number + 1 }}",
        "{{ number|upper }}",
        "{{ number.digits }}",
        "{{ [number]|join }}",
        "{{ known.number }}",
        "{{ known['number'] }}",
        "{{ event.number }}",
        "{{ number() }}",
        "{{ number == 1 }}",
    ],
)
def test_a_missing_variable_is_an_error_with_its_name_and_place(text_of: TextOf, template: str) -> None:
    with pytest.raises(VariableMissing, match=r"^invoice\.ready/email\.txt:2: .*number"):
        text_of("first line\n" + template, {"known": {}})


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ recipient.nme }}", "recipient has no nme: address, user, name, locale, zone, context"),
        ("{{ recipient['nme'] }}", "recipient has no nme: address, user, name, locale, zone, context"),
        ("{{ event.kin }}", "event has no kin: id, kind, target, "),
    ],
)
def test_a_field_that_our_own_objects_have_not_is_told_with_those_they_have(
    text_of: TextOf, template: str, told: str
) -> None:
    with pytest.raises(VariableMissing) as caught:
        text_of(template)
    assert str(caught.value).startswith(f"invoice.ready/email.txt:1: {told}")


def test_a_missing_variable_can_have_a_default(text_of: TextOf) -> None:
    assert text_of("{{ name|default('you') }}{% if name is defined %}!{% endif %}") == "you"


def test_a_layout_and_an_include_are_found_anywhere_in_the_folder(render: Render) -> None:
    files = {
        HTML: "{% extends 'layout.html' %}{% block body %}{{ super() }}{{ x }}"
        "{% include 'parts/foot.html' %}{% endblock %}",
        "layout.html": "<body>{% block body %}Hi {% endblock %}</body>",
        "parts/foot.html": "-{{ x }}-",
    }
    assert render(files, {"x": "&"}).html == "<body>Hi &amp;-&amp;-</body>"


def test_a_macro_can_be_imported(text_of: TextOf) -> None:
    files = {"macros.txt": "{% macro greet(name) %}Hello {{ name }}{% endmacro %}"}
    assert text_of("{% from 'macros.txt' import greet %}{{ greet('Bob') }}", files=files) == "Hello Bob"


def test_an_error_in_an_include_is_placed_there(text_of: TextOf) -> None:
    with pytest.raises(VariableMissing, match=r"^foot\.txt:3: 'x' is undefined"):
        text_of("{% include 'foot.txt' %}", files={"foot.txt": "\n\n{{ x }}"})


def test_an_include_that_is_not_there_is_named(text_of: TextOf) -> None:
    with pytest.raises(TemplateMissing, match=r"^invoice\.ready/email\.txt:2: there is no template foot\.txt"):
        text_of("\n{% include 'foot.txt' %}")


def test_a_syntax_error_is_told_with_file_and_line(text_of: TextOf) -> None:
    with pytest.raises(TemplateBroken, match=r"^invoice\.ready/email\.txt:3: "):
        text_of("\n\n{{ x")


def test_a_syntax_error_in_an_include_is_told_with_its_file(text_of: TextOf) -> None:
    with pytest.raises(TemplateBroken, match=r"^foot\.txt:2: "):
        text_of("{% include 'foot.txt' %}", files={"foot.txt": "\n{% nonsense %}"})


def test_an_unknown_filter_is_a_broken_template(text_of: TextOf) -> None:
    with pytest.raises(TemplateBroken, match="No filter named 'shout'"):
        text_of("{{ 'a'|shout }}")


def test_a_file_that_is_not_utf_8_is_a_broken_template(text_of: TextOf) -> None:
    with pytest.raises(TemplateBroken, match=r"^latin\.txt:2: not UTF-8"):
        text_of("{% include 'latin.txt' %}", files={"latin.txt": b"a\nf\xfcr"})


def test_a_byte_order_mark_is_no_part_of_the_text(render: Render) -> None:
    assert render({TEXT: b"\xef\xbb\xbfa"}).text == "a"


@pytest.mark.parametrize("template", ["{{ 1 / 0 }}", "{{ none + 1 }}", "{{ 'a'.index('b') }}", "{{ 'a'|round }}"])
def test_an_expression_that_raises_is_told_with_place_and_cause(text_of: TextOf, template: str) -> None:
    with pytest.raises(TemplateFailed, match=r"^invoice\.ready/email\.txt:1: \w+Error: ") as caught:
        text_of(template)
    assert caught.value.__cause__ is not None


def test_parts_that_make_no_message_are_an_error(
    edition_of: EditionOf, event_of: EventOf, recipient: Recipient
) -> None:
    class Strict:
        def __init__(self, subject: str) -> None:
            raise ValueError(f"never {subject}")

    parts = MessageParts(target="email", message=Strict, parts=EMAIL_PARTS.parts[:1])
    with pytest.raises(TemplateFailed, match=r"invoice\.ready make no message: ValueError: never S"):
        edition_of({SUBJECT: "S"}).set_for("invoice.ready", parts).render(event_of(), recipient)


def test_every_error_of_a_template_is_permanent(text_of: TextOf) -> None:
    with pytest.raises(VariableMissing) as caught:
        text_of("{{ x }}")
    assert caught.value.permanent


def test_two_threads_render_the_same_set_at_once(
    edition_of: EditionOf, event_of: EventOf, recipient: Recipient
) -> None:
    loop = "{% for i in range(50) %}{{ x }}{% endfor %}{% include 'foot.txt' %}"
    edition = edition_of({SUBJECT: "{{ x }}", TEXT: loop, "foot.txt": "{{ x }}"})

    def render(number: int) -> object:
        return edition.set_for("invoice.ready", EMAIL_PARTS).render(event_of({"x": f"<{number}>"}), recipient)

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(render, range(200)))
    assert made == [EmailMessage(subject=f"<{n}>", text=f"<{n}>" * 51) for n in range(200)]
