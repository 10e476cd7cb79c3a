"""What a template can reach, and what it cannot."""

from collections.abc import Callable

import pytest
from columba_consumers.rendering.errors import TemplateForbidden, TemplateMissing

TextOf = Callable[..., str]

ESCAPES = (
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ '{0.__class__}'.format('') }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(event) }}",
    "{{ '{a.__class__}'.format_map({'a': 1}) }}",
    "{{ ('{0.__class__}'|attr('format'))('') }}",
    "{% set format = '{0.__class__}'.format %}{{ format('') }}",
    "{{ ['']|map(attribute='__class__')|first }}",
    "{{ ['']|map('attr', '__class__')|first }}",
    "{{ ['']|sum(attribute='__class__') }}",
    "{{ ['']|join(',', attribute='__class__') }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ joiner.__init__ }}",
    "{{ namespace.__dict__ }}",
    "{{ range.__self__ }}",
    "{{ range.__func__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ event.__class__ }}",
    "{{ event.__struct_fields__ }}",
    "{{ recipient.__init__ }}",
    "{{ dict.mro() }}",
    "{% macro m() %}{% endmacro %}{{ m._func }}",
    "{% macro m() %}{% endmacro %}{{ m.__init__.__globals__ }}",
    "{{ items.append(4) }}",
    "{{ items|attr('append') }}",
    "{{ items.pop() }}",
    "{{ items.clear() }}",
    "{{ items.sort() }}",
    "{{ event.context.update(x=1) }}",
    "{{ event.context.pop('items') }}",
    "{{ event.context.setdefault('x', 1) }}",
    "{{ event.to[0].context.clear() }}",
    "{{ [[1]]|sum(start=[]) }}",
)


@pytest.mark.parametrize("template", ESCAPES)
def test_no_way_out_of_the_sandbox_is_open(text_of: TextOf, template: str) -> None:
    items = [3, 1, 2]
    with pytest.raises(TemplateForbidden, match=r"invoice\.ready/email\.txt:1"):
        text_of(template, {"items": items})
    assert items == [3, 1, 2]


@pytest.mark.parametrize(
    "name",
    ["../secret.txt", "../../etc/passwd", "/etc/passwd", "invoice.ready/../../secret.txt", "./x.txt", "secret.txt\x00"],
)
@pytest.mark.parametrize("tag", ["{% include name %}", "{% extends name %}", "{% import name as other %}"])
def test_no_name_leads_out_of_the_folder(text_of: TextOf, tag: str, name: str) -> None:
    with pytest.raises(TemplateMissing, match="there is no template"):
        text_of(tag, {"name": name})


def test_a_function_of_another_library_is_not_there(text_of: TextOf) -> None:
    assert text_of("{{ lipsum is defined }}") == "False"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ '%-6s|'|format('ab') }}", "ab    |"),
        ("{{ '{:>6}|'.format('ab') }}", "    ab|"),
        ("{{ '%.2f' % 2.5 }}", "2.50"),
        ("{{ 'ab'.ljust(4) }}|{{ 'ab'|center(4) }}|", "ab  | ab |"),
        ("{{ items|join(', ') }} {{ ', '.join(['a', 'b']) }}", "3, 1, 2 a, b"),
        ("{{ people|join('/', attribute='name') }}", "Al/Bo"),
        ("{{ items|sum }} {{ people|sum(attribute='age') }}", "6 7"),
        ("{{ 'a' ~ 1 ~ 'b' }}{{ 'a' + 'b' }}{{ 'ab' * 2 }}{{ 2 * 3 }}{{ 2 ** 10 }}", "a1bababab61024"),
        ("{{ items|sort|map('string')|list }}{{ items[1:] }}", "['1', '2', '3'][1, 2]"),
        (
            "{% for i in items %}{{ loop.index }}/{{ loop.length }}{% if not loop.last %},{% endif %}{% endfor %}",
            "1/3,2/3,3/3",
        ),
        ("{% for i in items if i > 1 %}{{ i }}{% else %}none{% endfor %}", "32"),
        ("{% for i in [] %}{{ i }}{% else %}none{% endfor %}", "none"),
        (
            "{% for n in tree recursive %}{{ n.name }}{% if n.below %}({{ loop(n.below) }}){% endif %}{% endfor %}",
            "a(bc)",
        ),
        ("{% macro twice(context) %}{{ context }}{{ context }}{% endmacro %}{{ twice(context='x') }}", "xx"),
        ("{% set x %}a{{ 1 }}{% endset %}{{ x|upper }}", "A1"),
        ("{{ 'a b'|replace(' ', '_') }}{{ {'b': 1}|tojson }}{{ 'x\ny'|indent(2) }}", 'a_b{"b": 1}x\n  y'),
    ],
)
def test_what_jinja_does_is_done(text_of: TextOf, template: str, text: str) -> None:
    context = {
        "items": [3, 1, 2],
        "people": [{"name": "Al", "age": 3}, {"name": "Bo", "age": 4}],
        "tree": [{"name": "a", "below": [{"name": "b", "below": []}, {"name": "c", "below": []}]}],
    }
    assert text_of(template, context) == text
