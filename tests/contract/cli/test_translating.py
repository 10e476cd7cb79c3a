"""`columba templates extract`: from templates to catalogues and back."""

from tests.contract.cli.shell import Shell

SUBJECT = "invoice.ready/email.subject.txt"
GERMAN = "locale/de/LC_MESSAGES/messages.po"


def test_a_text_is_collected_translated_and_said(embedded: Shell) -> None:
    templates = embedded.folder / "templates"
    (templates / SUBJECT).write_text("{% trans %}Your invoice{% endtrans %}")
    embedded.run("templates", "extract", "--locale", "de")
    catalogue = templates / GERMAN
    empty = catalogue.read_text()
    catalogue.write_text(
        empty.replace('msgid "Your invoice"\nmsgstr ""', 'msgid "Your invoice"\nmsgstr "Ihre Rechnung"')
    )
    shown = embedded.run(
        "render", "invoice.ready", "--to", "bob@example.org", "--locale", "de", "--set", "number=1", "--json"
    ).line
    assert dict(shown["headers"])["Subject"] == "Ihre Rechnung"
    lines = embedded.run("templates", "extract", "--json").lines
    assert [(line["locale"], line["translated"], line["changed"]) for line in lines] == [
        (None, 0, False),
        ("de", 1, False),
    ]


def test_a_text_that_changed_keeps_its_translation_for_somebody_to_look_at(embedded: Shell) -> None:
    templates = embedded.folder / "templates"
    (templates / SUBJECT).write_text("{% trans %}Your invoice is ready{% endtrans %}")
    embedded.run("templates", "extract", "--locale", "de")
    catalogue = templates / GERMAN
    said = '"Your invoice is ready"\nmsgstr "Ihre Rechnung ist fertig"'
    catalogue.write_text(catalogue.read_text().replace('"Your invoice is ready"\nmsgstr ""', said))
    (templates / SUBJECT).write_text("{% trans %}Your invoice is ready!{% endtrans %}")
    line = embedded.run("templates", "extract", "--json").lines[1]
    assert (line["texts"], line["translated"], line["fuzzy"], line["changed"]) == (1, 0, 1, True)
    assert "Ihre Rechnung ist fertig" in catalogue.read_text()


def test_nothing_is_written_while_anything_is_broken(embedded: Shell) -> None:
    templates = embedded.folder / "templates"
    (templates / SUBJECT).write_text("{% trans %}Your invoice{% endtrans %}")
    (templates / "invoice.ready/email.txt").write_text("{% if %}")
    told = embedded.run("templates", "extract", "--locale", "de", status=1).stderr
    assert "invoice.ready/email.txt:1" in told
    assert not (templates / "locale").exists()


def test_a_locale_that_nobody_knows_is_refused(embedded: Shell) -> None:
    assert "--locale: 'xx'" in embedded.run("templates", "extract", "--locale", "xx", status=2).stderr


def test_doctor_reads_every_catalogue(embedded: Shell) -> None:
    broken = embedded.folder / "templates" / "locale" / "fr" / "LC_MESSAGES" / "messages.po"
    broken.parent.mkdir(parents=True)
    broken.write_text('msgid "a"\nmsgstr "b\n')
    findings = embedded.run("doctor", "--json", status=1).line["findings"]
    (found,) = [each for each in findings if each["about"] == "languages"]
    assert "locale/fr/LC_MESSAGES/messages.po:2" in found["text"]
