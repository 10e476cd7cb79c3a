"""How much a template may use before it is stopped."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from columba_consumers.rendering import TemplateLimits
from columba_consumers.rendering.errors import TemplateError, TemplateTooBig, TemplateTooLong
from columba_consumers.rendering.meter import Meter, TooMuchWork

TextOf = Callable[..., str]

GREEDY = (
    "{{ 'a' * 10**8 }}",
    "{{ 10**8 * 'a' }}",
    "{{ [1] * 10**8 }}",
    "{{ 9 ** 999999999 }}",
    "{{ 'a'|center(10**9) }}",
    "{{ 'a'|center(width=10**9) }}",
    "{{ 'a'|center(10001) }}",
    "{{ '%10001d' % 1 }}",
    "{{ '%*d' % (10001, 1) }}",
    "{{ '{:{}}'.format(1, 10001) }}",
    "{{ 'a'.ljust(10**9) }}",
    "{{ 'a'.rjust(10**9) }}",
    "{{ 'a'.center(10**9) }}",
    "{{ 'a'.zfill(10**9) }}",
    "{{ '\t'.expandtabs(10**9) }}",
    "{{ 'a'|indent(10**9) }}",
    "{{ ' '.encode().zfill(10**9) }}",
    "{{ (5).to_bytes(10**9, 'big') }}",
    "{{ 2.5|round(10**9, 'ceil') }}",
    "{{ {'a': 1}|tojson(indent=10**9) }}",
    "{{ [1]|batch(10**9, 0)|list }}",
    "{{ [1]|slice(10**9)|list }}",
    "{{ 'x y'|wordwrap(1, wrapstring=big) }}" + "{{ big|wordwrap(1, wrapstring=big) }}",
    "{{ big|replace('', big) }}",
    "{{ big.replace('', big) }}",
    "{{ big.translate({97: big}) }}",
    "{{ big.join(big) }}",
    "{{ big|join(big) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ '%*d' % (10**9, 1) }}",
    "{{ '%-*d'|format(10**9, 1) }}",
    "{{ '%.1000000000f' % 1 }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{{ '{:{}}'.format(1, 10**9) }}",
    "{{ ('%s' * 1000) % ((big,) + (big,)) }}",
    "{{ ('{0}' * 1000).format(big) }}",
    "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x]|join %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = '%s%s' % (ns.x, ns.x) %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x %}{{ ns.x * 2 }}{% endset %}{% endfor %}",
    "{% macro m(x, n) %}{% if n %}{{ m(x ~ x, n - 1) }}{% endif %}{% endmacro %}{{ m('ab', 60) }}",
    "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = ns.l + [big[i:]] %}{% endfor %}",
    "{% for i in range(9999) %}{{ big }}{% endfor %}",
    "{% set x %}{% for i in range(9999) %}{{ big }}{% endfor %}{% endset %}",
    "{% set x %}{% for i in range(9999) %}" + "a" * 2000 + "{% endfor %}{% endset %}",
    "{% filter upper %}{% for i in range(9999) %}{{ big }}{% endfor %}{% endfilter %}",
)
ENDLESS = (
    "{{ range(10**9) }}",
    "{{ range(10**30)|list }}",
    "{% for i in range(20000) %}{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    "{% for a in many %}{% for b in many %}{% endfor %}{% endfor %}",
    "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "{% set n = n - 1 %}{% if n %}{% include self_name %}{% include self_name %}{% endif %}",
)


@pytest.mark.parametrize("template", GREEDY)
def test_a_template_that_makes_too_much_is_stopped_before_it_has(text_of: TextOf, template: str) -> None:
    with pytest.raises(TemplateTooBig, match=r"invoice\.ready/email\.txt"):
        text_of(template, {"big": "a" * 100_000})


@pytest.mark.slow
@pytest.mark.parametrize("template", ENDLESS)
def test_a_template_that_goes_on_and_on_is_stopped(text_of: TextOf, template: str) -> None:
    context = {"many": [0] * 100_000, "self_name": "invoice.ready/email.txt", "n": 60}
    with pytest.raises(TemplateTooLong, match=r"invoice\.ready/email\.txt:1"):
        text_of(template, context, limits=TemplateLimits(cpu=timedelta(milliseconds=200)))


@pytest.mark.parametrize(
    "template", ["{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% include 'invoice.ready/email.txt' %}"]
)
def test_a_template_that_calls_itself_for_ever_fails(text_of: TextOf, template: str) -> None:
    with pytest.raises(TemplateError):
        text_of(template)


def test_output_up_to_the_limit_is_allowed(text_of: TextOf) -> None:
    limits = TemplateLimits(output=10)
    assert text_of("{{ x }}", {"x": "a" * 10}, limits=limits) == "a" * 10


def test_output_above_the_limit_is_too_big(text_of: TextOf) -> None:
    with pytest.raises(TemplateTooBig):
        text_of("{{ x }}", {"x": "a" * 11}, limits=TemplateLimits(output=10))


def test_a_template_without_any_expression_is_bounded_too(text_of: TextOf) -> None:
    with pytest.raises(TemplateTooBig):
        text_of("a" * 11, limits=TemplateLimits(output=10))


def test_every_part_has_the_whole_budget(text_of: TextOf) -> None:
    limits = TemplateLimits(steps=600)
    rounds = "{% for i in range(500) %}{% endfor %}"
    assert text_of(rounds, files={"invoice.ready/email.html": rounds}, limits=limits) == ""


def test_processor_time_is_bounded(text_of: TextOf) -> None:
    limits = TemplateLimits(steps=10**9, cpu=timedelta(milliseconds=20))
    with pytest.raises(TemplateTooLong, match="processor time"):
        text_of("{% for a in many %}{% for b in many %}{% endfor %}{% endfor %}", {"many": [0] * 9999}, limits=limits)


def test_captured_text_is_stopped_while_it_grows_not_when_it_is_joined(text_of: TextOf) -> None:
    rounds: list[int] = []
    with pytest.raises(TemplateTooBig):
        text_of(
            "{% set x %}{% for i in range(9999) %}{{ big }}{% if seen(i) %}{% endif %}{% endfor %}{% endset %}",
            {"big": "a" * 1000, "seen": rounds.append},
            limits=TemplateLimits(text=10_000),
        )
    assert len(rounds) == 10


def test_steps_are_bounded() -> None:
    meter = Meter(TemplateLimits(steps=1000), cpu_clock=lambda: 0.0)
    with pytest.raises(TooMuchWork, match="1000 steps"):
        for _ in meter.count(range(2000)):
            pass


def test_the_meter_reads_the_processors_clock_and_no_other() -> None:
    seconds = iter((0.0, 1.0, 5.0))
    meter = Meter(TemplateLimits(cpu=timedelta(seconds=2)), cpu_clock=lambda: next(seconds))
    for _ in meter.count(range(600)):
        pass
    with pytest.raises(TooMuchWork):
        for _ in meter.count(range(600)):
            pass


@pytest.mark.slow
def test_a_template_that_fails_leaves_the_next_its_whole_budget(text_of: TextOf) -> None:
    with pytest.raises(TemplateTooLong):
        text_of(ENDLESS[3])
    assert text_of("{% for i in range(9999) %}{% endfor %}fine") == "fine"
