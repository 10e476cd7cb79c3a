"""What templates say in the language of their recipient."""

from collections.abc import Callable

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.rendering import EMAIL_PARTS, TemplateLimits
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.errors import TemplateBroken, TemplateFailed, TemplateTooBig, VariableMissing
from columba_shared.event import Event, Recipient

from tests.unit.consumers.rendering.languages.conftest import Said, catalogue, in_locale, translated

GERMAN = in_locale(
    "de",
    catalogue(
        translated("Hello", "Hallo"),
        translated("Hello %(name)s", "Hallo %(name)s"),
        'msgid "%(num)s dove"\nmsgid_plural "%(num)s doves"\nmsgstr[0] "%(num)s Taube"\nmsgstr[1] "%(num)s Tauben"\n',
        'msgctxt "month"\nmsgid "May"\nmsgstr "Mai"\n',
        'msgctxt "verb"\nmsgid "May"\nmsgstr "Darf"\n',
        translated("100%% wool", "100%% Wolle"),
        translated("50% off", "50 % billiger"),
        translated("A <b>%(thing)s</b>", "Ein <b>%(thing)s</b>"),
    ),
)
HELLO = "{% trans %}Hello{% endtrans %}"


@pytest.mark.parametrize("locale", ["de", "de_AT", "de-AT", "de_AT.UTF-8", "DE-at", "de_CH@euro", "de_ZZ"])
def test_a_language_serves_its_regions_however_they_are_spelt(said: Said, locale: str) -> None:
    assert said(HELLO, locale=locale, files=GERMAN) == "Hallo"


@pytest.mark.parametrize("locale", [None, "", "fr", "xx", "C", "../../etc", "x" * 10_000, "☃"])
def test_who_speaks_what_no_catalogue_has_gets_the_default(said: Said, locale: str | None) -> None:
    assert said(HELLO, locale=locale, files=GERMAN) == "Hello"
    assert said(HELLO, locale=locale, files=GERMAN, default="de") == "Hallo"


def test_a_region_says_what_it_says_otherwise_and_leaves_the_rest_to_its_language(said: Said) -> None:
    files = {**GERMAN, **in_locale("de-AT", catalogue(translated("Hello", "Servus")))}
    assert said(HELLO + " {{ pgettext('month', 'May') }}", locale="de_AT", files=files) == "Servus Mai"
    assert said(HELLO, locale="de", files=files) == "Hallo"


@pytest.mark.parametrize(("locale", "expected"), [("zh_TW", "繁"), ("zh_HK", "繁"), ("zh_CN", "简"), ("zh", "简")])
def test_chinese_is_said_in_the_script_that_its_region_reads(said: Said, locale: str, expected: str) -> None:
    files = in_locale("zh_Hant", catalogue(translated("Hello", "繁"))) | in_locale(
        "zh_CN", catalogue(translated("Hello", "简"))
    )
    assert said(HELLO, locale=locale, files=files) == expected


def test_a_neighbour_region_serves_where_the_own_has_nothing(said: Said) -> None:
    files = in_locale("pt_BR", catalogue(translated("Hello", "Olá")))
    assert said(HELLO, locale="pt_AO", files=files) == "Olá"


def test_whose_own_language_is_the_templates_gets_them_as_they_are(said: Said) -> None:
    files = {**GERMAN, **in_locale("en", catalogue())}
    assert said(HELLO, locale="en_GB", files=files, default="de") == "Hello"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{% trans name=recipient.name %}Hello {{ name }}{% endtrans %}", "Hallo Bob"),
        ("{{ _('Hello %(name)s', name='Ann') }}", "Hallo Ann"),
        ("{% trans num=n %}{{ num }} dove{% pluralize %}{{ num }} doves{% endtrans %}", "2 Tauben"),
        ("{{ ngettext('%(num)s dove', '%(num)s doves', 1) }}", "1 Taube"),
        ("{{ pgettext('verb', 'May') }} {% trans 'month' %}May{% endtrans %}", "Darf Mai"),
        ("{% trans %}100% wool{% endtrans %}, {{ _('50% off') }}", "100% Wolle, 50 % billiger"),
        ("{% from 'm.txt' import hi %}{{ hi() }}", "Hallo"),
        ("{% import 'm.txt' as m %}{{ m.set_at_its_top }}", "Hallo"),
        ("{% include 'i.txt' %}", "Hallo"),
    ],
)
def test_every_way_to_ask_for_a_translation_finds_it(said: Said, template: str, expected: str) -> None:
    files = {
        **GERMAN,
        "m.txt": "{% macro hi() %}{{ _('Hello') }}{% endmacro %}{% set set_at_its_top = _('Hello') %}",
        "i.txt": HELLO,
    }
    assert said(template, {"n": 2}, locale="de", files=files) == expected


def test_an_imported_template_speaks_to_each_in_their_own_language(
    edition_of: Callable[..., Edition], event_of: Callable[..., Event]
) -> None:
    files = {
        **GERMAN,
        "a/email.subject.txt": "{% import 'm.txt' as m %}{{ m.set_at_its_top }}",
        "a/email.txt": "",
        "m.txt": "{% set set_at_its_top = _('Hello') %}",
    }
    templates = edition_of(files).set_for("a", EMAIL_PARTS)
    spoken = [
        templates.render(event_of(), Recipient(address="b@example.org", locale=each)) for each in ("de", "en", "de")
    ]
    assert [mail.subject for mail in spoken if isinstance(mail, EmailMessage)] == ["Hallo", "Hello", "Hallo"]


def test_as_many_forms_as_the_language_has_are_used(said: Said) -> None:
    russian = catalogue(
        'msgid "dove"\nmsgid_plural "doves"\nmsgstr[0] "голубь"\nmsgstr[1] "голубя"\nmsgstr[2] "голубей"\n',
        plural="nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    )
    template = "{% for n in [1, 2, 5, 21] %}{{ ngettext('dove', 'doves', n) }} {% endfor %}"
    assert said(template, locale="ru", files=in_locale("ru", russian)) == "голубь голубя голубей голубь "


def test_what_is_fuzzy_or_empty_is_said_as_the_template_has_it(said: Said) -> None:
    files = in_locale("de", catalogue("#, fuzzy\n" + translated("Hello", "Hallo?"), translated("Bye", "")))
    assert said("{{ _('Hello') }} {{ _('Bye') }}", locale="de", files=files) == "Hello Bye"


@pytest.mark.parametrize(
    "template",
    [
        "{% trans nobody=nobody %}Hello {{ nobody }}{% endtrans %}",
        "{% trans %}Hello {{ nobody }}{% endtrans %}",
        "{{ _('Hello %(name)s', name=nobody) }}",
        "{{ ngettext('one', 'many', nobody) }}",
    ],
)
@pytest.mark.parametrize("locale", ["de", "en"])
def test_a_missing_variable_is_missing_in_every_language(said: Said, template: str, locale: str) -> None:
    files = in_locale("de", catalogue(translated("Hello %(nobody)s", "Hallo"), translated("Hello %(name)s", "Hallo")))
    with pytest.raises(VariableMissing, match=r"invoice\.ready/email\.txt:1.*nobody"):
        said(template, locale=locale, files=files)


def test_values_are_escaped_in_markup_and_the_words_are_not(render: Callable[..., EmailMessage]) -> None:
    html = render(
        {**GERMAN, "invoice.ready/email.html": "{% trans %}A <b>{{ thing }}</b>{% endtrans %}"},
        {"thing": "<script>"},
        recipient=Recipient(address="bob@example.org", locale="de"),
    ).html
    assert html == "Ein <b>&lt;script&gt;</b>"


def test_a_translation_cannot_reach_what_the_sandbox_keeps(said: Said) -> None:
    with pytest.raises(TemplateFailed):
        said("{{ _('%(a.__class__)s', b=1) }}")


@pytest.mark.parametrize(
    "template",
    ["{{ _('%(x)1000000000s', x=1) }}", "{{ ngettext('%(x)1000000000s', '', 1, x=1) }}", "{{ _(big, x=big) }}"],
)
def test_what_a_translation_makes_is_bounded(render: Callable[..., EmailMessage], template: str) -> None:
    limits = TemplateLimits(text=1_000_000)
    with pytest.raises(TemplateTooBig):
        render({"invoice.ready/email.txt": template}, {"big": "%(x)s" * 1000}, limits=limits)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('msgid "a"\nmsgstr "b\n', ":2: neither"),
        ('msgid "a"\nmsgstr "b"\nnonsense\n', ":3: neither"),
        ('msgid "a"\nmsgid "b"\nmsgstr "c"\n', ":"),
        (catalogue(translated("Hi %(name)s", "Hallo %(nmae)s")), r":6: the translation has %\(nmae\)s"),
        (catalogue(translated("Hi %(name)s", "%(name)s 50% Rabatt")), ":6: the translation cannot be filled in"),
        (catalogue(translated("Hi %(name)s", "%(name)99999999s")), ":6: the translation makes a placeholder too wide"),
        (catalogue(translated("a", "b"), plural="nplurals=2; plural=(n != ;"), ":"),
    ],
)
def test_a_broken_catalogue_is_told_by_file_and_line(said: Said, content: str, place: str) -> None:
    with pytest.raises(TemplateBroken, match=r"^locale/de/LC_MESSAGES/messages\.po" + place):
        said(HELLO, locale="de", files=in_locale("de", content))


def test_a_broken_catalogue_harms_only_those_who_need_it(said: Said) -> None:
    broken = {**GERMAN, **in_locale("fr", 'msgid "')}
    assert said(HELLO, locale="de", files=broken) == "Hallo"
    assert said("Bonjour", locale="fr", files=broken) == "Bonjour"
    with pytest.raises(TemplateBroken):
        said(HELLO, locale="fr", files=broken)


def test_the_catalogues_are_part_of_the_version_of_what_speaks_them(edition_of: Callable[..., Edition]) -> None:
    speaking = {"a/email.subject.txt": "{{ _('Hello') }}", "a/email.txt": ""}
    silent = {"b/email.subject.txt": "Hello", "b/email.txt": ""}
    editions = [
        edition_of({**speaking, **silent, **in_locale("de", catalogue(translated("Hello", each)))})
        for each in ("Hallo", "Servus")
    ]
    assert len({edition.set_for("a", EMAIL_PARTS).version for edition in editions}) == 2
    assert len({edition.set_for("b", EMAIL_PARTS).version for edition in editions}) == 1


def test_the_language_names_itself_for_html(said: Said) -> None:
    assert said("{{ lang() }} {{ dir() }}", locale="de_AT") == "de-AT ltr"
    assert said("{{ lang() }} {{ dir() }}", locale="ar") == "ar rtl"
    assert said("{{ lang() }}", locale="fr", files=GERMAN) == "en"
