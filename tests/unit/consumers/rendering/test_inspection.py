"""What an inspection of templates finds wrong, and who says what."""

from collections.abc import Callable, Mapping

import pytest
from columba_consumers.app import App
from columba_consumers.app.app import Renderer
from columba_consumers.rendering import EMAIL_PARTS
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.inspection import Inspection, inspect

EditionOf = Callable[..., Edition]
PAIR = {"a/email.subject.txt": "S", "a/email.txt": "T"}


def looked_at(edition_of: EditionOf, files: Mapping[str, str | bytes], app: App | None = None) -> Inspection:
    return inspect(edition_of(files), (EMAIL_PARTS,), app or App.empty())


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        ("a/email.html", "\n{% if %}", "a/email.html:2: "),
        ("a/email.html", "{{ x | nofilter }}", "a/email.html:1: No filter named 'nofilter'"),
        ("_layout/page.html", "\n\n{% endif %}", "_layout/page.html:3: "),
        ("a/email.html", "<style>\np { color: red;\n</style>", "a/email.html:2: a rule of the style sheet has no end"),
        ("a/email.html", "<style>\n}</style>", "a/email.html:2: the style sheet closes a rule"),
        ("a/email.html", "<style>/* a</style>", "a/email.html:1: a comment of the style sheet has no end"),
        ("a/email.html", "<style>a{b: 'c\n}</style>", "a/email.html:1: a text of the style sheet has no end"),
        ("a/email.html", "\n<style>a{}", "a/email.html:2: <style> has no end"),
        ("b/email.subject.txt", "S", "b has templates for email, but templates/b lacks email.txt or email.html"),
        ("a/email.mjml", "<mjml><mj-body><mj-oops></mj-body></mjml>", "a/email.mjml: "),
        ("locale/de/LC_MESSAGES/messages.po", 'msgid "a"\nmsgstr "b\n', "locale/de/LC_MESSAGES/messages.po:2"),
        ("locale/zz/LC_MESSAGES/messages.po", "", "zz is no locale that is known"),
        ("a/email.html", "{% include 'no.html' %}", "a/email.html:1: there is no template no.html"),
    ],
)
def test_what_is_wrong_is_told_with_its_file_and_line(
    edition_of: EditionOf, file: str, content: str, problem: str
) -> None:
    (found,) = looked_at(edition_of, {**PAIR, file: content}).problems
    assert problem in found


def test_everything_that_is_wrong_is_told_at_once(edition_of: EditionOf) -> None:
    files = {**PAIR, "b/email.txt": "{% if %}", "c/email.html": "{{ | }}", "b/email.subject.txt": "S"}
    found = looked_at(edition_of, files).problems
    assert {each.partition(":")[0] for each in found} >= {"b/email.txt", "c/email.html"}


@pytest.mark.parametrize(
    "style",
    [
        "a { b: c } @media (x) { d { e: '}' } } /* { */",
        "{% if dark %}a { b: c }{% endif %} .x { color: {{ colour }} }",
        'a::before { content: "\\"{" }',
    ],
)
def test_a_style_sheet_that_is_in_order_is_no_problem(edition_of: EditionOf, style: str) -> None:
    assert looked_at(edition_of, {**PAIR, "a/email.html": f"<style>{style}</style>"}).problems == ()


def test_who_says_a_kind_instead_of_its_templates_is_told(edition_of: EditionOf) -> None:
    renderer = Renderer(pattern="a", target="email", function=looked_at)
    app = App(renderers={("a", "email"): renderer})
    files = {**PAIR, "b/email.subject.txt": "S", "b/email.txt": "T"}
    found = {each.kind: each.renderer for each in looked_at(edition_of, files, app).wordings}
    assert found == {"a": renderer.name, "b": None}


def test_the_version_is_that_of_the_templates_that_are_rendered(edition_of: EditionOf) -> None:
    (found,) = looked_at(edition_of, PAIR).wordings
    assert found.version == edition_of(PAIR).set_for("a", EMAIL_PARTS).version
