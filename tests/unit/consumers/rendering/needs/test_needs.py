"""Which facts templates need always, which at times, and what can never be right."""

from collections.abc import Callable, Mapping

import pytest
from columba_consumers.rendering.needs.needs import Needs

NeedsOf = Callable[..., Needs]


def split(found: Needs) -> tuple[set[str], set[str]]:
    """Return what is needed always, and what at times."""
    always = {each.name for each in found.needs if each.always}
    return always, {each.name for each in found.needs} - always


@pytest.mark.parametrize(
    ("text", "always", "at_times"),
    [
        ("{{ number }} {{ customer.name }}", "number customer.name", ""),
        ("{% if vip %}{{ gift }}{% endif %}", "vip", "gift"),
        ("{% if vip %}{{ a }}{% else %}{{ a }}{{ b }}{% endif %}", "vip a", "b"),
        ("{% if a %}{{ x }}{% elif b %}{{ x }}{% else %}{{ x }}{% endif %}", "a x", "b"),
        ("{{ coupon | default('') }}{{ customer.title | d('') }}", "customer", "coupon customer.title"),
        ("{% if coupon is defined %}{{ coupon.code }}{% endif %}", "", "coupon.code"),
        ("{{ a if b else c }}{{ d or e }}{{ f and g }}{{ 1 < h < i }}", "b d f h", "a c e g i"),
        ("{{ a ~ b }}{{ a + c }}{{ -d }}{{ not e }}{{ [f] | join }}", "a b c d e f", ""),
        ("{{ names[key] }}{{ rows[0].x }}{{ odd['a-b'] }}", 'names key rows[0].x odd["a-b"]', ""),
        ("{{ event.context.number }}{{ event.id }}{{ recipient.name }}{{ lang() }}{{ range(3) }}", "number", ""),
        ("{{ due | date('long') }}{{ total | currency(code) }}", "due total code", ""),
        ("{% trans n=who.name %}Dear {{ n }}{% endtrans %}{{ _('%(a)s', a=x) }}", "who.name x", ""),
        ("{% trans count=items|length %}one{% pluralize %}{{ count }}{% endtrans %}", "items", ""),
        ("{% set ns = namespace(n=0) %}{% set ns.n = ns.n + a %}{{ ns.n }}", "a", ""),
        ("{% set x %}{{ a }}{% endset %}{{ x }}{% filter upper %}{{ b }}{% endfilter %}", "a b", ""),
        ("{% with q = a.b %}{{ q.c }}{% endwith %}", "a.b.c", ""),
        ("{% if a %}{% set t = 1 %}{% endif %}{{ t }}", "a", "t"),
        ("{{ customer.get('name') }}{{ title.upper() }}", "customer title", "customer.name"),
        ("{{ customer | attr('name') }}", "customer.name", ""),
    ],
)
def test_what_a_text_needs(needs_in: NeedsOf, text: str, always: str, at_times: str) -> None:
    assert split(needs_in(text)) == (set(always.split()), set(at_times.split()))


@pytest.mark.parametrize(
    ("text", "always", "at_times"),
    [
        ("{% for i in items %}{{ i.name }}{{ sign }}{% endfor %}", "items items[].name", "sign"),
        ("{% for i in items if i.shown %}{{ i.name }}{% endfor %}", "items items[].shown", "items[].name"),
        ("{% if items %}{% for i in items %}{{ i.name }}{% endfor %}{% endif %}", "items items[].name", ""),
        ("{% for i in items %}{% for t in i.taxes %}{{ t.rate }}{{ i.name }}{% endfor %}{% endfor %}",
         "items items[].taxes items[].taxes[].rate", "items[].name"),
        ("{% for i in items | default([]) %}{{ i.name }}{% endfor %}", "", "items items[].name"),
        ("{% for i in items[:3] %}{{ i.name }}{% endfor %}", "items", "items[].name"),
        ("{% for i in items | sort(attribute='rank') %}{{ i.name }}{% endfor %}",
         "items items[].rank items[].name", ""),
        ("{% for i in items | selectattr('shown') %}{{ i.name }}{% endfor %}", "items items[].shown", "items[].name"),
        ("{% for i in items | selectattr('shown', 'defined') %}{{ i.name }}{% endfor %}", "items",
         "items[].shown items[].name"),
        ("{{ items | map(attribute='who.name') | join(', ') }}", "items items[].who.name", ""),
        ("{{ items | map(attribute='who', default='') | join }}", "items", "items[].who"),
        ("{{ items | sum(attribute='price') }}{{ (items | first).name }}", "items items[].price", "items[].name"),
        ("{% for city, rows in items | groupby('city') %}{% for r in rows %}{{ r.name }}{% endfor %}{% endfor %}",
         "items items[].city items[].name", ""),
        ("{% for row in items | batch(2) %}{% for i in row %}{{ i.name }}{% endfor %}{% endfor %}",
         "items items[].name", ""),
        ("{% for k, v in rates.items() %}{{ v.net }}{% endfor %}{% for v in rates.values() %}{{ v.gross }}{% endfor %}",
         "rates rates{}.net rates{}.gross", ""),
        ("{% for k, v in rates | dictsort %}{{ v.net }}{% endfor %}", "rates rates{}.net", ""),
        ("{% for k, v in rates | items %}{{ v.net }}{% endfor %}", "rates{}.net", "rates"),
        ("{% for x, y in points %}{{ y.z }}{% endfor %}", "points points[][1].z", ""),
        ("{% for i in items %}{{ i.a }}{% else %}{{ b }}{% endfor %}", "items items[].a", "b"),
        ("{% for i in [a, b] %}{{ c }}{% endfor %}", "c", "a b"),
    ],
)  # fmt: skip
def test_what_each_item_needs(needs_in: NeedsOf, text: str, always: str, at_times: str) -> None:
    assert split(needs_in(text)) == (set(always.split()), set(at_times.split()))


LAYOUT = "{{ top }}{% block body %}{{ b }}{% endblock %}{% block foot %}{{ foot }}{% endblock %}{{ title }}"


@pytest.mark.parametrize(
    ("text", "files", "always", "at_times"),
    [
        ("{% extends 'l.txt' %}{% set title = 1 %}{% block body %}{{ a }}{% endblock %}{{ unsaid }}",
         {"l.txt": LAYOUT}, "top a foot", ""),
        ("{% extends 'l.txt' %}{% block body %}{{ super() }}{{ self.foot() }}{% endblock %}",
         {"l.txt": LAYOUT}, "top b foot title", ""),
        ("{% extends 'm.txt' %}{% block foot %}{{ super() }}{% endblock %}",
         {"m.txt": "{% extends 'l.txt' %}{% block foot %}{{ m }}{% endblock %}", "l.txt": LAYOUT}, "top b m title", ""),
        ("{% extends 'x.txt' if a else 'y.txt' %}", {"x.txt": "{{ b }}{{ x }}", "y.txt": "{{ b }}"}, "a b", "x"),
        ("{% include 'i.txt' %}{% include 'none.txt' ignore missing %}{% include ['no.txt', 'i.txt'] %}",
         {"i.txt": "{{ i }}"}, "i", ""),
        ("{% from 'm.txt' import price %}{{ price(total) }}{% if a %}{{ price(b, unit=c) }}{% endif %}",
         {"m.txt": "{% macro price(p, unit='EUR') %}{{ p.net }}{{ unit }}{% endmacro %}"}, "total.net a", "b.net c"),
        ("{% import 'm.txt' as m with context %}{{ m.price(total) }}",
         {"m.txt": "{% macro price(p) %}{{ p }}{{ sign }}{% endmacro %}"}, "total sign", ""),
        ("{% macro box() %}{{ caller(x.y) }}{% endmacro %}{% call(v) box() %}{{ v.z }}{{ w }}{% endcall %}",
         {}, "x.y.z w", ""),
        ("{% macro tree(n) %}{{ n.name }}{% for c in n.below %}{{ tree(c) }}{% endfor %}{% endmacro %}{{ tree(a) }}",
         {}, "a.name a.below", ""),
    ],
)  # fmt: skip
def test_what_others_need_that_a_text_leads_to(
    needs_in: NeedsOf, text: str, files: Mapping[str, str], always: str, at_times: str
) -> None:
    assert split(needs_in(text, files)) == (set(always.split()), set(at_times.split()))


@pytest.mark.parametrize(
    ("text", "files", "fault"),
    [
        ("\n{% include 'no.txt' %}", {}, ":2: there is no template no.txt"),
        ("{{ order.items }}", {}, ':1: order.items is the method of that name: write order["items"]'),
        ("{% from 'm.txt' import p %}{{ p() }}", {"m.txt": "\n{% macro p() %}{{ sign }}{% endmacro %}"},
         "m.txt:2: no context reaches sign"),
        ("{% from 'm.txt' import q %}{{ q() }}", {"m.txt": "{% macro p() %}{% endmacro %}"}, "has no q"),
        ("{% macro p(a) %}{{ a }}{% endmacro %}{{ p() }}", {}, "p() is not handed its a"),
        ("{% include 'i.txt' without context %}", {"i.txt": "{{ x }}"}, "i.txt:1: no context reaches x"),
    ],
)  # fmt: skip
def test_what_can_never_be_right_is_a_fault(needs_in: NeedsOf, text: str, files: Mapping[str, str], fault: str) -> None:
    (found,) = needs_in(text, files).faults
    assert fault in found


def test_what_can_be_right_is_no_fault(needs_in: NeedsOf) -> None:
    macro = "{% macro p(a) %}{% if a is defined %}{{ a }}{% endif %}{{ b | default(1) }}{% endmacro %}{{ p() }}"
    assert (
        needs_in("{% import 'm.txt' as m %}{{ m.p() }}{% if q %}{{ m.nothing }}{% endif %}", {"m.txt": macro}).faults
        == ()
    )


def test_a_template_that_is_named_only_when_it_is_rendered_is_told(needs_in: NeedsOf) -> None:
    found = needs_in("\n{% include layout %}{{ a }}")
    assert split(found) == ({"layout", "a"}, set())
    assert found.blind == ("invoice.ready/email.txt:2",)


def test_what_blocks_of_an_unknown_layout_need_is_needed_at_times(needs_in: NeedsOf) -> None:
    assert split(needs_in("{% extends layout %}{% block b %}{{ a }}{% endblock %}")) == ({"layout"}, {"a"})


def test_the_thing_that_a_loader_finds_is_told_apart(needs_in: NeedsOf) -> None:
    (need,) = needs_in("{{ about.total }}").needs
    assert need.is_about


def test_places_are_those_of_the_mjml_as_it_was_written(needs_in: NeedsOf) -> None:
    text = "<mj-text>\n{{ total }}</mj-text>"
    source = f"<mjml><mj-body><mj-section><mj-column>\n{text}</mj-column></mj-section></mj-body></mjml>"
    (need,) = needs_in("t", {"invoice.ready/email.mjml": source}).needs
    assert need.places == ("invoice.ready/email.mjml:3",)


def test_templates_that_lead_to_each_other_are_read_once(needs_in: NeedsOf) -> None:
    found = needs_in("{% include 'i.txt' %}{{ a }}", {"i.txt": "{% include 'i.txt' %}{{ b }}"})
    assert split(found) == ({"a", "b"}, set())
