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


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("a/email.htlm", "nothing uses a file of this name: perhaps a/email.html was meant"),
        ("a/emial.html", "nothing uses a file of this name: perhaps a/email.html was meant"),
        ("a/email.html.j2", "nothing uses a file of this name: perhaps a/email.html was meant"),
        ("a/b/email.txt", "nothing uses it, since a/b is no kind's folder: perhaps a.b/email.txt was meant"),
        ("A.B/email.txt", "nothing uses it, since A.B is no kind's folder: perhaps a.b/email.txt was meant"),
        ("email.txt", "nothing uses it, since it lies in no kind's folder: perhaps the.kind/email.txt was meant"),
        (
            "locale/de/messages.po",
            "nothing uses it, since no catalogue is looked for there: perhaps locale/de/LC_MESSAGES/messages.po",
        ),
    ],
)
def test_a_file_that_no_kind_would_ever_use_is_told_with_what_may_have_been_meant(
    edition_of: EditionOf, file: str, problem: str
) -> None:
    found = looked_at(edition_of, {**PAIR, file: "x"}).problems
    assert [each for each in found if each.startswith(f"{file}: {problem}")]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a/email.txt~", "x"),
        ("a/sms.txt", "x"),
        ("README.md", "x"),
        ("_layout/page.html", "x"),
        ("locale/de/notes.txt", "x"),
    ],
)
def test_a_file_that_nothing_uses_and_that_is_no_mistake_for_sure_is_no_problem(
    edition_of: EditionOf, file: str, content: str
) -> None:
    found = looked_at(edition_of, {**PAIR, file: content})
    assert (found.problems, found.unused) == ((), (file,))


@pytest.mark.parametrize(
    "files",
    [
        {"a/email.txt": "{% include '_part/line.txt' %}", "_part/line.txt": "{% extends 'x.txt' %}", "x.txt": "x"},
        {"a/email.txt": "{% include which %}", "_part/line.txt": "x"},
        {"a/email.mjml": "<mjml><mj-include path='_p/h.mjml' /><mj-body></mj-body></mjml>", "_p/h.mjml": "<mj-head />"},
        {"locale/messages.pot": "x", "locale/de/LC_MESSAGES/messages.po": "", "locale/de/LC_MESSAGES/messages.mo": "x"},
    ],
)
def test_what_templates_lead_to_and_what_is_translated_is_used(edition_of: EditionOf, files: dict[str, str]) -> None:
    found = looked_at(edition_of, {**PAIR, **files})
    assert (found.problems, found.unused) == ((), ())


def test_what_a_broken_template_uses_nobody_knows(edition_of: EditionOf) -> None:
    files = {"a/email.mjml": "<mjml><mj-include path='_p/no.mjml' /><mj-include path='_p/h.mjml' /></mjml>"}
    found = looked_at(edition_of, {"a/email.subject.txt": "S", "_p/h.mjml": "<mj-text />", **files})
    assert (len(found.problems), found.unused) == (1, ())


def test_renderers_may_use_the_templates_of_any_folder(edition_of: EditionOf) -> None:
    app = App(renderers={("a", "email"): Renderer(pattern="a", target="email", function=looked_at)})
    files = {**PAIR, "mails/Bill/email.subject.txt": "S", "mails/Bill/email.txt": "T"}
    assert looked_at(edition_of, files, app).unused == ()
    assert looked_at(edition_of, files, app).problems == ()


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
