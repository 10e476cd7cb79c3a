"""MJML, compiled once, with what is Jinja's left where it was."""

import re
from collections.abc import Callable, Mapping

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.rendering import EMAIL_PARTS
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.errors import TemplateBroken, VariableMissing

Render = Callable[..., EmailMessage]

MAIL = "invoice.ready/email.mjml"


def mjml(body: str, head: str = "") -> str:
    column = f"<mj-section><mj-column>{body}</mj-column></mj-section>"
    return f'<mjml lang="{{{{ lang() }}}}"><mj-head>{head}</mj-head>\n<mj-body>{column}</mj-body></mjml>'


def words(html: str | None) -> list[str]:
    """Return what is read, without comments and markup."""
    assert html is not None
    body = html[html.index("<body") :]
    return re.sub(r"<!--.*?-->|<[^>]*>", " ", body, flags=re.DOTALL).split()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<mj-text>{{ name }}</mj-text>", ["&lt;Bob&gt;"]),
        ("{% if 3 < 4 %}<mj-text>less</mj-text>{% else %}<mj-text>more</mj-text>{% endif %}", ["less"]),
        ("{% for n in [1, 2] %}<mj-text>{{ n }}</mj-text>{% endfor %}<mj-text>end</mj-text>", ["1", "2", "end"]),
        ("<mj-table>{% for n in [1, 2] %}<tr><td>{{ n }}</td></tr>{% endfor %}</mj-table>", ["1", "2"]),
        ("<mj-text>{% trans %}Hello{% endtrans %}{# not this #}</mj-text>", ["Hello"]),
        ("<mj-text>{%- if true -%} a {%- endif -%}</mj-text>", ["a"]),
        ("<mj-button>{{ 'a' ~ \"b\" }}</mj-button>", ["ab"]),
    ],
)
def test_jinja_works_wherever_mjml_has_room_for_it(render: Render, body: str, expected: list[str]) -> None:
    assert words(render({MAIL: mjml(body)}, {"name": "<Bob>"}).html) == expected
    styled = mjml(body, '<mj-style inline="inline">td { color: red }</mj-style>')
    assert words(render({MAIL: styled}, {"name": "<Bob>"}).html) == expected


def test_attributes_and_styles_may_be_filled_in(render: Render) -> None:
    source = mjml(
        '<mj-button href="https://example.org/{{ n|urlencode }}?q={{ "x" }}" color="{{ colour }}">Go</mj-button>',
        "<mj-style>.a { color: {{ colour }} }</mj-style><mj-title>Nr {{ n }}</mj-title>",
    )
    html = render({MAIL: source}, {"n": "1&2", "colour": "#123456"}).html or ""
    assert 'href="https://example.org/1%262?q=x"' in html
    assert html.count("color:#123456") == 1
    assert ".a { color: #123456 }" in html
    assert "<title>Nr 1&amp;2</title>" in html
    assert '<html lang="en"' in html


def test_other_files_are_included_and_part_of_the_version(edition_of: Callable[..., Edition], render: Render) -> None:
    files = {
        MAIL: mjml('<mj-include path="_layout/foot.mjml"/>'),
        "_layout/foot.mjml": '<mj-text>{{ name }}</mj-text><mj-include path="./_layout/more.mjml"/>',
        "_layout/more.mjml": "<mj-text>more</mj-text>",
    }
    assert words(render(files, {"name": "Bob"}).html) == ["Bob", "more"]
    subject = {"invoice.ready/email.subject.txt": ""}
    before = edition_of({**files, **subject}).set_for("invoice.ready", EMAIL_PARTS)
    files["_layout/more.mjml"] = "<mj-text>other</mj-text>"
    assert edition_of({**files, **subject}).set_for("invoice.ready", EMAIL_PARTS).version != before.version


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({MAIL: "<mjml><mj-body><mj-section></mjml>"}, "invoice.ready/email.mjml: "),
        ({MAIL: mjml('<mj-include path="x.mjml"/>')}, "invoice.ready/email.mjml: there is no file x.mjml"),
        ({MAIL: mjml('<mj-include path="../x.mjml"/>')}, "invoice.ready/email.mjml: there is no file ../x.mjml"),
        ({MAIL: mjml('<mj-include path="x"/>'), "x": '<mj-include path="x"/>'}, "x: x includes itself"),
        ({MAIL: mjml("\n<mj-text>{% if %}</mj-text>")}, "invoice.ready/email.mjml:3: "),
        ({MAIL: mjml("\n\n{% endfor %}")}, "invoice.ready/email.mjml:4: "),
        ({MAIL: mjml('<mj-include path="x"/>'), "x": "<mj-text>\n{% endif %}</mj-text>"}, "x:2: "),
        (
            {MAIL: mjml('<mj-image width="{{ wide }}px" src="a.png"/>')},
            "email.mjml:2: MJML has no place for {{ wide }}",
        ),
        ({MAIL: mjml("<mj-text>" + "<b>" * 30_000)}, "invoice.ready/email.mjml: elements are nested too deep"),
        ({MAIL: b"\xff"}, "invoice.ready/email.mjml:1: not UTF-8"),
        ({MAIL: mjml(""), "invoice.ready/email.html": ""}, "both say the same part"),
    ],
)
def test_what_is_wrong_is_told_by_its_file(render: Render, files: Mapping[str, str | bytes], told: str) -> None:
    with pytest.raises(TemplateBroken, match=re.escape(told)):
        render(files)


@pytest.mark.slow
def test_files_that_include_more_and_more_are_refused(render: Render) -> None:
    doubling = {f"{n}": f'<mj-include path="{n + 1}"/>' * 2 for n in range(40)} | {"40": " "}
    with pytest.raises(TemplateBroken, match="characters with all that is included"):
        render({MAIL: mjml('<mj-include path="0"/>'), **doubling})


def test_a_missing_variable_is_told_by_the_line_that_somebody_wrote(render: Render) -> None:
    body = (
        "<mj-text>\n{{ recipient.name }}\n</mj-text>\n{% for n in [1] %}\n<mj-text>{{ nobody }}</mj-text>{% endfor %}"
    )
    with pytest.raises(VariableMissing, match=r"^invoice\.ready/email\.mjml:6: 'nobody' is undefined"):
        render({MAIL: mjml(body)})


def test_nothing_is_fetched_from_strangers(render: Render) -> None:
    html = render({MAIL: mjml("<mj-text>x</mj-text>")}).html or ""
    assert "<link" not in html
    assert "@import" not in html


def test_it_is_compiled_once_for_each_edition(edition_of: Callable[..., Edition]) -> None:
    edition = edition_of({MAIL: mjml("<mj-text>x</mj-text>"), "invoice.ready/email.subject.txt": ""})
    templates = edition.set_for("invoice.ready", EMAIL_PARTS)
    assert edition.set_for("invoice.ready", EMAIL_PARTS) is templates
